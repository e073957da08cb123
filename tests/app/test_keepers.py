"""Which keeper a stream gets, depending on what its token is bound to."""

import hmac
from collections.abc import Callable
from typing import ClassVar, Literal

import pytest

from proxy.app.keepers import family_keeper, keeper_of
from proxy.app.lifetime import Lifetime
from proxy.app.surroundings import Surroundings
from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest
from proxy.errors import StartError
from proxy.settings import Settings
from proxy.settings.sources.preissued import FileToken
from proxy.settings.stream.stream import StreamSettings
from proxy.tokens.keepers.once_keeper import OnceKeeper
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.keepers.url_keeper import UrlKeeper
from tests.app.around import NoService, surroundings
from tests.fake_clock import FakeClock
from tests.tokens.scripted import Reports

Loaded = Callable[..., Settings]


class Claiming(FileToken):
    """A source that claims to sign for URLs but does not."""

    bindings: ClassVar[frozenset[Literal["stream", "url", "once"]]] = frozenset({"url"})


@pytest.fixture
def around(loaded: Loaded) -> Surroundings:
    """Return what all parts share."""
    settings = loaded('[streams.lobby]\nurl = "https://h/v.m3u8"\n')
    return surroundings(settings)


def stream(loaded: Loaded, more: str) -> StreamSettings:
    """Return a stream with a token from a file, and more keys."""
    return loaded(
        '[streams.lobby]\nurl = "https://h/v.m3u8"\nplacement = [{ query = "t" }]\n'
        f'token = {{ source = "file", path = "t" }}\n{more}'
    ).streams["lobby"]


@pytest.mark.parametrize(
    ("binding", "made"), [("stream", StreamKeeper), ("once", OnceKeeper)]
)
def test_the_binding_chooses_the_keeper(
    loaded: Loaded, around: Surroundings, binding: str, made: type
) -> None:
    """One that keeps tokens, or one that never does."""
    settings = stream(loaded, f'binding = "{binding}"\n')
    assert isinstance(
        keeper_of("lobby", settings, Reports(), around, user=Lifetime()), made
    )


async def test_a_hash_is_signed_for_each_url(
    loaded: Loaded, around: Surroundings
) -> None:
    """With one keeper, and as many tokens as there are URLs."""
    settings = loaded(
        '[streams.lobby]\nurl = "https://h/v.m3u8"\nplacement = [{ query = "t" }]\n'
        'reach = "all"\nbinding = "url"\n[streams.lobby.token]\nsource = "sign-hash"\n'
        'algorithm = "hmac-sha1"\nkey = "k"\nmessage = "{path}{expires}"\n'
    ).streams["lobby"]
    keeper = keeper_of("lobby", settings, Reports(), around, user=Lifetime())
    assert isinstance(keeper, UrlKeeper)
    kept = await keeper.token()
    for path in ("/v.m3u8", "/a/1.ts"):
        signed = hmac.digest(b"k", f"{path}1800003600".encode(), "sha1").hex()
        assert kept.of(f"https://h{path}").fields == {"token": signed}


OAUTH2 = (
    'token = {{ source = "oauth2", token_url = "https://id.test/", client_id = "me", '
    "{} }}\n"
)
LOGIN = 'grant = "refresh_token", refresh_token = "r0"'


class Answering(NoService):
    """A token service whose tokens live for a minute."""

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Answer."""
        del request
        body = b'{"access_token": "T", "expires_in": 60}'
        return ServiceReply(
            200, headers=(), body=body, sent=1_800_000_000.0, seconds=0.1
        )


@pytest.mark.parametrize(
    ("token", "more", "cold"),
    [
        (OAUTH2.format('client_secret = "s"'), "", True),
        (OAUTH2.format('client_secret = "s"'), 'warm = "always"\n', False),
        (OAUTH2.format(LOGIN), "", False),
        ('token = { source = "static", value = "t" }\n', "", True),
    ],
    ids=["by default", "as the stream says", "a login", "one that costs nothing"],
)
async def test_a_token_is_kept_warm_if_configured(
    loaded: Loaded,
    clock: FakeClock,
    token: str,
    more: str,
    cold: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Or if it comes from a login that expires when it is not used."""
    settings = loaded(
        '[streams.lobby]\nurl = "https://h/v.m3u8"\nplacement = [{ query = "t" }]\n'
        f"{token}{more}"
    )
    around = surroundings(settings, clock=clock, client=Answering())
    lobby = settings.streams["lobby"]
    keeper = keeper_of("lobby", lobby, Reports(), around, user=Lifetime())
    assert isinstance(keeper, StreamKeeper)
    async with keeper.running():
        await clock.advance(30)
        assert (keeper.usable, keeper.cold) == (True, cold)


def test_an_open_stream_has_no_keeper(around: Surroundings) -> None:
    """There is no token to keep."""
    settings = around.settings.streams["lobby"]
    assert keeper_of("lobby", settings, Reports(), around, user=Lifetime()) is None


def test_a_source_that_cannot_sign_for_urls_is_refused(
    loaded: Loaded, around: Surroundings
) -> None:
    """At the start, not at the first request."""
    settings = stream(loaded, "")
    claiming = Claiming.model_construct(source="file", path=settings.token.path)  # type: ignore[union-attr]
    wrong = settings.model_copy(update={"token": claiming, "binding": "url"})
    with pytest.raises(StartError, match="stream lobby"):
        keeper_of("lobby", wrong, Reports(), around, user=Lifetime())


FAMILY = (
    '[streams.all]\nurl = "https://h/{{id}}.m3u8"\nplacement = [{{ query = "t" }}]\n'
    "{}\n[streams.all.token]\n{}\n"
)
HTTP = 'source = "http"\nurl = "https://id.test/{}"'


@pytest.mark.parametrize(
    ("token", "more", "shared"),
    [
        (HTTP.format("all"), "", True),
        (HTTP.format("{id}"), "", False),
        (HTTP.format("all"), 'binding = "once"', False),
        (
            (
                'source = "sign-hash"\nalgorithm = "md5"\nkey = "canary"\n'
                'message = "{secret}{expires}"'
            ),
            "",
            False,
        ),
    ],
    ids=["one for all", "one for each", "one for a request", "signed here"],
)
def test_members_share_a_token_that_is_the_same_for_all(
    loaded: Loaded,
    around: Surroundings,
    token: str,
    more: str,
    shared: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A service is asked once, not once per member."""
    settings = loaded(FAMILY.format(more, token)).streams["all"]
    keeper = family_keeper("all", settings, Reports(), around, user=Lifetime())
    assert (keeper is not None) is shared


def test_a_single_stream_has_no_family_keeper(
    loaded: Loaded, around: Surroundings
) -> None:
    """It has its own, which runs."""
    settings = stream(loaded, "")
    assert family_keeper("lobby", settings, Reports(), around, user=Lifetime()) is None

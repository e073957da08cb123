"""Sources that ask token services, from settings."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.app.keepers import keeper_of
from proxy.app.lifetime import Lifetime
from proxy.app.services import Services
from proxy.app.sources import source_of
from proxy.app.surroundings import Surroundings
from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest
from proxy.settings import Settings
from proxy.settings.sources.oauth2 import OAuth2Token
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.source import Source
from tests.app.around import NoService, surroundings
from tests.fake_clock import FakeClock
from tests.tokens.files import secret
from tests.tokens.scripted import Reports
from tests.tokens.token_server import Asked, Says, client, says, token_server

Loaded = Callable[..., Settings]
STREAM = (
    '[streams.{}]\nurl = "https://h/{{playback_id}}.m3u8"\nplayback_id = "p1"\n'
    'placement = [{{ query = "t" }}]\n[streams.{}.token]\n{}\n'
)


def stream(name: str, token: str) -> str:
    """Return the configuration of a stream with this token."""
    return STREAM.format(name, name, token)


def built(
    around: Surroundings, name: str = "lobby", user: Lifetime | None = None
) -> Source:
    """Build the source of a stream."""
    settings = around.settings.streams[name]
    assert settings.token is not None
    return source_of(
        settings.token, around, entry=settings.url, user=user or Lifetime()
    )


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ('body = "{playback_id}"', b"p1"),
        ('body_json = { id = "{playback_id}" }', b'{"id": "p1"}'),
        ('body_form = { id = "{playback_id}" }', b"id=p1"),
    ],
)
async def test_a_request_is_sent_as_configured(
    loaded: Loaded, tmp_path: Path, clock: FakeClock, body: str, sent: bytes
) -> None:
    """Each sort of body, and the parts of the answer."""
    secret(tmp_path / "key", b"canary\n")
    given = says({"files": {"token": "T", "expires": clock.wall() + 60}})
    async with token_server(clock, given) as server, client(clock) as way:
        settings = loaded(
            stream(
                "lobby",
                f'source = "http"\nurl = "{server.url}/{{playback_id}}"\n'
                f'method = "POST"\nbasic = "me"\nsecret_file = "key"\n{body}\n'
                'fields = { token = "/files/token" }\nexpires_at = "/files/expires"\n',
            )
        )
        around = surroundings(settings, clock=clock, client=way)
        token = await built(around).fetch()
    (asked,) = server.asked
    assert (asked.path, asked.body) == ("/p1", sent)
    assert asked.headers["Authorization"] == "Basic bWU6Y2FuYXJ5"
    assert token.fields == {"token": "T"}
    assert token.expires_at == clock.wall() + 60


async def test_a_login_pays_for_a_platforms_token(
    loaded: Loaded, clock: FakeClock
) -> None:
    """As with PeerTube; all streams that use the login share it."""

    def answer(asked: Asked) -> Says:
        if asked.path == "/login":
            return says({"access_token": "bearer", "expires_in": 3600})
        assert asked.headers["Authorization"] == "Bearer bearer"
        return says({"token": asked.path})

    async with token_server(clock, answer) as server, client(clock) as way:
        token = (
            f'source = "http"\nurl = "{server.url}/{{}}"\n'
            'headers = {{ Authorization = "Bearer {{token}}" }}\n'
            f'using = {{{{ source = "oauth2", token_url = "{server.url}/login", '
            'client_id = "me", client_secret = "s" }}'
        )
        settings = loaded(
            stream("lobby", token.format("one")) + stream("yard", token.format("two"))
        )
        around = surroundings(settings, clock=clock, client=way)
        tokens = [await built(around, name).fetch() for name in ("lobby", "yard")]
    assert [token.fields["token"] for token in tokens] == ["/one", "/two"]
    assert [asked.path for asked in server.asked] == ["/login", "/one", "/two"]


async def test_a_services_clock_shortens_the_life_of_tokens(
    loaded: Loaded, clock: FakeClock
) -> None:
    """Its keeper takes it into account."""
    given = says({"access_token": "T", "expires_in": 60})
    async with token_server(clock, given) as server, client(clock) as way:
        server.ahead = 20
        settings = loaded(
            stream(
                "lobby",
                f'source = "oauth2"\ntoken_url = "{server.url}"\nclient_id = "me"\n'
                'client_secret = "s"\nscopes = ["a", "b"]\nclient_auth = "body"\n',
            )
        )
        around = surroundings(settings, clock=clock, client=way)
        lobby = settings.streams["lobby"]
        keeper = keeper_of("lobby", lobby, Reports(), around, user=Lifetime())
        assert isinstance(keeper, StreamKeeper)
        await keeper.token()
        await clock.jump(60 - 20 - 1)
        assert not keeper.usable
    assert b"scope=a+b" in server.asked[0].body


def oauth2(file: Path | None) -> OAuth2Token:
    """Return settings with a refresh token."""
    keys = {"refresh_token_file": file} if file else {"refresh_token": "r0"}
    return OAuth2Token.model_validate(
        {
            "source": "oauth2",
            "token_url": "https://id.test/",
            "client_id": "me",
            "grant": "refresh_token",
            **keys,
        }
    )


def test_l13_streams_that_share_a_login_share_its_refresh_token(tmp_path: Path) -> None:
    """Identified by its file or its value; nobody uses one that was already used."""
    one = secret(tmp_path / "one", b"r1")
    two = secret(tmp_path / "two", b"r2")
    services = Services(NoService(), FakeClock())
    user = Lifetime()
    by_value = services.login(oauth2(None), user)
    assert services.login(oauth2(None), user) is by_value
    by_file = services.login(oauth2(one), user)
    assert services.login(oauth2(one), user) is by_file
    assert services.login(oauth2(two), user) is not by_file is not by_value
    assert "r0" not in repr(services)
    assert "r1" not in repr(services)


async def test_closing_ends_the_attempts_of_payers(
    loaded: Loaded, clock: FakeClock
) -> None:
    """For example a login that is running when the program stops."""

    class Silent(NoService):
        asked = 0

        async def ask(self, request: ServiceRequest) -> ServiceReply:
            self.asked += 1
            await clock.sleep(60)
            return await super().ask(request)

    silent = Silent()
    token = (
        'source = "http"\nurl = "https://id.test/"\nheaders = { A = "{token}" }\n'
        'using = { source = "http", url = "https://id.test/login" }'
    )
    around = surroundings(loaded(stream("lobby", token)), clock=clock, client=silent)
    user = Lifetime()
    fetch = asyncio.create_task(built(around, user=user).fetch())
    await clock.advance(1)
    fetch.cancel()
    await asyncio.wait({fetch})
    payers = around.services.payers
    assert len(payers) == 1
    await user.end()
    assert (silent.asked, len(payers)) == (1, 0)


async def test_a_payer_lives_as_long_as_a_stream_that_uses_it(
    loaded: Loaded, clock: FakeClock
) -> None:
    """Each member has its own, which ends with it; a shared payer stays."""
    async with client(clock) as way:
        settings = loaded(
            '[streams.all]\nurl = "https://h/{id}.m3u8"\n'
            'placement = [{ query = "t" }]\n'
            '[streams.all.token]\nsource = "http"\nurl = "https://id.test/"\n'
            'headers = { A = "{token}" }\n'
            'using = { source = "http", url = "https://id.test/{id}" }\n'
        )
        around = surroundings(settings, clock=clock, client=way)
        users = [Lifetime() for _ in range(200)]
        for number, user in enumerate(users):
            # Two members with the same id share one.
            member = settings.streams["all"].for_member(f"m{number // 2}")
            assert member.token is not None
            source_of(member.token, around, entry=member.url, user=user)
        left = []
        for user in users:
            await user.end()
            left.append(len(around.services.payers))
    assert left == [100 - (number + 1) // 2 for number in range(200)]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ('source = "http"\nurl = "https://id.test/a"', None, True),
        (
            'source = "http"\nurl = "https://id.test/a"',
            'source = "http"\nurl = "https://id.test:8443/a"',
            False,
        ),
        (
            'source = "http"\nurl = "https://id.test/a"',
            (
                'source = "oauth2"\ntoken_url = "https://id.test/b"\nclient_id = "me"\n'
                'client_secret = "s"'
            ),
            True,
        ),
        (
            'source = "command"\ncommand = ["a"]',
            'source = "command"\ncommand = ["b"]',
            True,
        ),
        ('source = "static"\nvalue = "a"', None, False),
    ],
    ids=["one service", "two", "two ways to one", "programs", "no service"],
)
async def test_streams_that_use_one_service_take_turns(
    loaded: Loaded,
    clock: FakeClock,
    one: str,
    other: str | None,
    shared: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Services at one origin count as one; sources that ask nobody need no turns."""
    settings = loaded(stream("lobby", one) + stream("yard", other or one))
    services = Services(NoService(), clock)
    lobby, yard = (
        services.turn(settings.streams[name].token)  # type: ignore[arg-type]
        for name in ("lobby", "yard")
    )
    async with lobby:
        pass
    assert yard.anybody_ended is shared

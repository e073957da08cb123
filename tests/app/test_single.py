"""One stream without a server: by name, or a member of a family."""

import random
from collections.abc import Callable

import pytest

from proxy.app.single import single
from proxy.errors import StartError, TokenUnavailableError
from proxy.settings import Settings
from tests.fake_clock import FakeClock

STATIC = 'token = { source = "static", value = "SECRET" }\n'
FAMILY = """
[streams.all]
provider = "fastpix"
playback_id = "{id}"
token = { source = "static", value = "SECRET" }
[streams.open]
url = "http://127.0.0.1:9/v.m3u8"
[streams.old]
url = "http://127.0.0.1:9/v.m3u8"
token = { source = "static", value = "SECRET", expires_at = 1 }
placement = [{ cookie = "session" }, { path_part = 1 }]
reach = "all"
"""

Load = Callable[..., Settings]


def opened(settings: Settings, wanted: str):  # type: ignore[no-untyped-def] # noqa: ANN201
    """Open a stream of these settings."""
    rng = random.Random(0)  # noqa: S311 - a jitter, no secret
    return single(settings, wanted, environ={}, clock=FakeClock(), rng=rng)


async def test_a_member_of_a_family_has_its_id(loaded: Load) -> None:
    """Its URL is filled, and its token is for that id."""
    async with opened(loaded(FAMILY), "all/p1") as one:
        assert one.settings.url == "https://stream.fastpix.com/p1.m3u8"
        assert one.purpose.playback_id == "p1"
        assert one.purpose.places == ("query parameter token",)
        assert "only the entry playlist" in one.purpose.reach
        assert (await one.token()).fields == {"token": "SECRET"}


async def test_a_token_failure_is_an_error(loaded: Load) -> None:
    """With the words of its source."""
    async with opened(loaded(FAMILY), "old") as one:
        assert one.purpose.places == ("cookie session", "part 1 of the path")
        assert "every request" in one.purpose.reach
        with pytest.raises(TokenUnavailableError, match="expired"):
            await one.token()


async def test_an_open_stream_has_no_token(loaded: Load) -> None:
    """There is nothing to show."""
    async with opened(loaded(FAMILY), "open") as one:
        with pytest.raises(StartError, match="has no token: it is open"):
            await one.token()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("nobody", "expected one of all, open, old"),
        ("all", "expected all/ID, as it is a family"),
        ("all/a b", "cannot be the id of a stream"),
        ("open/p1", "expected only open"),
    ],
)
async def test_an_unknown_name_is_reported(
    loaded: Load, wanted: str, said: str
) -> None:
    """With the names that exist."""
    with pytest.raises(StartError, match=said):
        async with opened(loaded(FAMILY), wanted):
            pass


@pytest.mark.parametrize(
    ("placement", "words"),
    [
        ("{ whole_url = true }", "the whole URL of the entry"),
        ('{ query_text = ["a", "b"], value = "a={token}" }', "query parameters a, b"),
        ('{ path_prefix = "t=" }', "part 1 of the path, after t="),
        ('{ basic = "me" }', "Basic authentication as me"),
        ('{ header = "X-Token" }', "header X-Token"),
    ],
)
async def test_a_place_is_described_in_words(
    loaded: Load, placement: str, words: str
) -> None:
    """Every form of a placement."""
    text = f'[streams.a]\nurl = "http://h/v.m3u8"\n{STATIC}placement = [{placement}]\n'
    async with opened(loaded(text), "a") as one:
        assert one.purpose.places == (words,)


@pytest.mark.parametrize(
    ("text", "address", "host"),
    [
        ('url = "https://h/v.m3u8"\nplacement = [{ query = "t" }]', ("url",), "url"),
        ('provider = "fastpix"\nplayback_id = "x"', ("playback_id",), ""),
        (
            'provider = "fastpix"\nplayback_id = "x"\nhost = "h"',
            ("host", "playback_id"),
            "host",
        ),
        ('provider = "fastpix"\nurl = "https://h/v.m3u8"', ("url",), "url"),
    ],
)
async def test_advice_names_the_settings_that_were_written(
    loaded: Load, text: str, address: tuple[str, ...], host: str
) -> None:
    """A provider's own settings are never suggested."""
    async with opened(loaded(f"[streams.a]\n{text}\n{STATIC}"), "a") as one:
        assert (one.facts.address, one.facts.host) == (address, host)

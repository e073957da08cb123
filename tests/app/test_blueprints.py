"""Streams are built from their settings."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from proxy.app.blueprints import blueprint_of
from proxy.app.common import common_of
from proxy.app.lifetime import Lifetime
from proxy.app.sinks import Sinks
from proxy.app.unit import Unit, single_unit
from proxy.core.hls.prefetch import PrefetchLimits
from proxy.errors import RefusedError
from proxy.observe.event_log import EventLog
from proxy.replies import MediaReply
from proxy.settings import Settings
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.upstream.standby import CONNECTIONS
from tests.app.around import surroundings
from tests.fake_clock import FakeClock
from tests.raw_origin import RawOrigin, answer
from tests.streams.built import ask
from tests.streams.origin import origin

Loaded = Callable[..., Settings]


@asynccontextmanager
async def built(
    settings: Settings, clock: FakeClock | None = None
) -> AsyncIterator[Unit]:
    """Build the only stream of the settings, without running any of it."""
    sinks = Sinks(EventLog()).of_stream("lobby")
    around = surroundings(settings, clock=clock)
    stream, lifetime = settings.streams["lobby"], Lifetime()
    try:
        yield single_unit(
            "lobby", stream, sinks, around, local="lobby", lifetime=lifetime
        )
    finally:
        await lifetime.end()


async def test_a_token_and_headers_reach_the_wire(loaded: Loaded) -> None:
    """As the origin sees them."""
    async with origin() as one:
        one.says("/TOKEN/v.m3u8", "#EXTM3U\n#EXTINF:4,\ns.ts\n")
        settings = loaded(
            f'[streams.lobby]\nurl = "{one.url}/UID/v.m3u8"\n'
            'token = { source = "static", value = "TOKEN" }\n'
            'placement = [{ path_part = 1 }, { cookie = "c" }]\n'
            'headers = { Referer = "https://r/" }\n'
        )
        async with built(settings) as house:
            await house.stream.open("index.m3u8", ask())
        assert one.asked == ["/TOKEN/v.m3u8"]
        assert one.headers[0]["Referer"] == "https://r/"
        assert one.headers[0]["Cookie"] == "c=TOKEN"


async def test_any_request_of_a_player_keeps_the_token_warm(
    loaded: Loaded, clock: FakeClock
) -> None:
    """Also one for a segment, which needs no token if the platform signs it."""
    async with origin() as one:
        one.says("/v.m3u8", "#EXTM3U\n#EXTINF:4,\ns.ts\n")
        one.says("/s.ts", b"\0media", kind="video/mp2t")
        settings = loaded(
            f'[streams.lobby]\nurl = "{one.url}/v.m3u8"\n'
            'token = { source = "static", value = "TOKEN" }\n'
            'placement = [{ query = "t" }]\n'
        )
        async with built(settings, clock) as house:
            assert isinstance(house.keeper, StreamKeeper)
            await house.stream.open("index.m3u8", ask())
            await clock.advance(601)
            assert house.keeper.cold
            reply = await house.stream.open("main/s.ts", ask())
            assert isinstance(reply, MediaReply)
            async with reply.answer:
                assert not house.keeper.cold


async def test_secrets_that_are_too_short_are_reported_at_the_start(
    loaded: Loaded,
) -> None:
    """Before anyone plays."""
    settings = loaded(
        '[streams.lobby]\nurl = "https://user:pw@m.example/v.m3u8"\n'
        'token = { source = "static", value = "1234" }\n'
        'placement = [{ cookie = "c" }]\nheaders = { X-Key = "k" }\n'
    )
    with capture_logs() as logged:
        async with built(settings):
            pass
    told = [line["about"].partition(":")[0] for line in logged]
    assert told == ["the header X-Key", "the password in the URL", "the token"]


async def test_a_stream_without_a_token_has_no_keeper(loaded: Loaded) -> None:
    """It plays nevertheless."""
    async with origin() as one:
        one.says("/v.m3u8", "#EXTM3U\n#EXTINF:4,\ns.ts\n")
        settings = loaded(f'[streams.lobby]\nurl = "{one.url}/v.m3u8"\n')
        async with built(settings) as house:
            assert house.keeper is None
            await house.stream.open("index.m3u8", ask())
            assert len(house.stream.catalogs[0]) == 2


@pytest.mark.parametrize("status", [200, 403])
async def test_the_upstreams_clock_shortens_the_life_of_tokens(
    loaded: Loaded, status: int
) -> None:
    """Read from accepted and refused requests, but not from a cached response."""
    async with origin() as one:
        ahead = {"Date": "Fri, 15 Jan 2027 08:02:00 GMT"}  # the clock's, plus 2 min
        text = "#EXTM3U\n#EXTINF:4,\ns.ts\n"
        one.says("/v.m3u8", text, status=status, **ahead)
        settings = loaded(
            f'[streams.lobby]\nurl = "{one.url}/v.m3u8"\n'
            'placement = [{ query = "t" }]\n'
            'token = { source = "static", value = "T", expires_at = 1800000100 }\n'
        )
        clock = FakeClock()
        async with built(settings, clock) as house:
            assert isinstance(house.keeper, StreamKeeper)
            with contextlib.suppress(RefusedError):
                await house.stream.open("index.m3u8", ask())
            one.says("/v.m3u8", text, status=status, Age="60", Date="0")
            # At most half of the lifetime is taken away: 50 s of 100.
            await clock.advance(47)
            assert house.keeper.usable
            await clock.advance(2)
            assert not house.keeper.usable


ONCE = """binding = "once"
[streams.lobby.token]
source = "http"
url = "https://a.test/token"
"""


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("", PrefetchLimits(2, 16_777_216, 12.0)),
        ("store = { ahead = 0 }", PrefetchLimits(0, 16_777_216)),
        ("store = { ahead = 5, ahead_bytes = 9 }", PrefetchLimits(5, 9)),
        (ONCE, PrefetchLimits(0, 16_777_216)),
        (f"store = {{ ahead = 1 }}\n{ONCE}", PrefetchLimits(1, 16_777_216)),
    ],
)
async def test_how_much_is_fetched_ahead_depends_on_the_token(
    loaded: Loaded, stream: str, expected: PrefetchLimits
) -> None:
    """One that is used up by a request is not spent on guesses, unless told to."""
    settings = loaded(
        f'[streams.lobby]\nurl = "https://a.test/v.m3u8"\n'
        f'placement = [{{ query = "t" }}]\n{stream}'
    )
    around, lifetime = surroundings(settings), Lifetime()
    chosen, sinks = settings.streams["lobby"], Sinks(EventLog()).of_stream("lobby")
    common = common_of("lobby", chosen, sinks, around, lifetime)
    blueprint, _ = blueprint_of(chosen, common, around, local="lobby", user=lifetime)
    await lifetime.end()
    assert blueprint.ahead == expected


@pytest.mark.parametrize("setting", ["true", "false"])
async def test_connections_are_opened_before_a_player_comes(
    loaded: Loaded, setting: str
) -> None:
    """Nothing is sent over them; the first request takes one of them."""
    opened = CONNECTIONS if setting == "true" else 0
    async with RawOrigin(answer(b"#EXTM3U\n#EXTINF:4,\ns.ts\n")) as upstream:
        settings = loaded(
            f'[streams.lobby]\nurl = "{upstream.url("/v.m3u8")}"\n'
            f"preconnect = {setting}\n"
        )
        async with built(settings) as house:
            await house.begin()
            await asyncio.sleep(0.05)
            assert (upstream.connections, len(upstream.heard)) == (opened, 0)
            await house.stream.open("index.m3u8", ask())
            assert upstream.connections == max(opened, 1)

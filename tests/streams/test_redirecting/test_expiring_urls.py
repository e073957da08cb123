"""Players are redirected to URLs that have not expired."""

import pytest
from aiohttp import web

from proxy.core.hls.names import Volatile
from tests.fake_clock import FakeClock
from tests.streams.built import Built, built
from tests.streams.origin import Origin
from tests.streams.storing import HEAD
from tests.streams.test_redirecting.redirected import VOD, sent_to


def signing(upstream: Origin, *, clock: FakeClock, seconds: int | None) -> None:
    """Let the origin sign segments at each load, with an expiry after `seconds`."""
    loads = iter(range(1, 1000))

    def answer(_: web.Request) -> web.Response:
        end = "" if seconds is None else f"&expires={int(clock.wall()) + seconds}"
        query = f"?sig={next(loads)}{end}"
        text = VOD.replace("s1.ts", f"s1.ts{query}").replace("s2.ts", f"s2.ts{query}")
        return web.Response(text=text, content_type="application/vnd.apple.mpegurl")

    upstream.asks("/v.m3u8", answer)
    upstream.says("/m.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n")


SIGNED = Volatile(frozenset({"sig", "expires"}))


async def names(one: Built) -> list[str]:
    """Load the playlists, and return the names of the segments."""
    rendition = (await one.playlist()).splitlines()[-1]
    text = await one.playlist(rendition)
    folder = rendition.rpartition("/")[0]
    return [f"{folder}/{line}" for line in text.splitlines() if line[:1] != "#"]


async def test_a_url_that_is_about_to_expire_is_renewed_first(upstream: Origin) -> None:
    """FFmpeg does not retry a segment that is refused."""
    clock = FakeClock()
    signing(upstream, clock=clock, seconds=8)
    async with built(
        f"{upstream.url}/m.m3u8", redirects=True, volatile=SIGNED, clock=clock
    ) as one:
        first, second = await names(one)
        assert "sig=1&" in await sent_to(one, first)
        await clock.advance(7)
        assert "sig=2&" in await sent_to(one, second)
        await clock.advance(1)
        assert "sig=2&" in await sent_to(one, first)
    assert upstream.count("/v.m3u8") == 2


async def test_a_url_listed_with_a_past_expiry_is_renewed_rarely(
    upstream: Origin,
) -> None:
    """If an origin's clock is behind, every signature looks expired to us."""
    clock = FakeClock()
    signing(upstream, clock=clock, seconds=-60)
    async with built(
        f"{upstream.url}/m.m3u8", redirects=True, volatile=SIGNED, clock=clock
    ) as one:
        first, second = await names(one)
        for _ in range(20):
            await sent_to(one, first)
            await sent_to(one, second)
            await clock.advance(1)
    assert upstream.count("/v.m3u8") <= 4


async def test_a_player_that_repeats_a_request_gets_a_newer_url_once(
    upstream: Origin,
) -> None:
    """Its first request has probably failed, but the proxy did not see that."""
    clock = FakeClock()
    signing(upstream, clock=clock, seconds=None)
    async with built(
        f"{upstream.url}/m.m3u8", redirects=True, volatile=SIGNED, clock=clock
    ) as one:
        first, second = await names(one)
        assert "sig=1" in await sent_to(one, first)
        await clock.advance(1)
        assert "sig=2" in await sent_to(one, first)
        for _ in range(10):
            await clock.advance(1)
            assert "sig=2" in await sent_to(one, first)
        assert "sig=2" in await sent_to(one, second)
    assert upstream.count("/v.m3u8") == 2


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        ({"Range": "bytes=0-9"}, {"Range": "bytes=10-19"}, 1),
        ({"User_Agent": "a"}, {"User_Agent": "b"}, 1),
        ({"X_Playback_Session_Id": "a"}, {"X_Playback_Session_Id": "b"}, 1),
        # A video of 6 seconds that plays in a loop.
        ({}, {}, 6),
    ],
)
async def test_other_requests_do_not_renew_the_url(
    upstream: Origin, before: dict[str, str], after: dict[str, str], seconds: float
) -> None:
    """Another part of the file, another player, the same much later."""
    clock = FakeClock()
    signing(upstream, clock=clock, seconds=None)
    async with built(
        f"{upstream.url}/m.m3u8", redirects=True, volatile=SIGNED, clock=clock
    ) as one:
        first, _ = await names(one)
        await sent_to(one, first, **before)
        await clock.advance(seconds)
        assert "sig=1" in await sent_to(one, first, **after)


async def test_a_playlist_without_newer_urls_is_left_alone(
    upstream: Origin,
) -> None:
    """Players that share a stream look like one that repeats each request."""
    upstream.says(
        "/v.m3u8", HEAD + "".join(f"#EXTINF:4,\ns{n}.ts\n" for n in range(50))
    )
    upstream.says("/m.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n")
    async with built(f"{upstream.url}/m.m3u8", redirects=True) as one:
        for name in await names(one):
            await sent_to(one, name)
            await sent_to(one, name)
            await one.clock.advance(0.2)
    assert upstream.count("/v.m3u8") <= 3


async def test_a_silent_upstream_delays_a_player_by_3_seconds(
    upstream: Origin,
) -> None:
    """Then it is redirected to the earlier URL, which may work."""
    clock = FakeClock()
    signing(upstream, clock=clock, seconds=8)
    async with built(
        f"{upstream.url}/m.m3u8", redirects=True, volatile=SIGNED, clock=clock
    ) as one:
        first, second = await names(one)
        await clock.advance(7)
        upstream.says("/v.m3u8", "", status=503)
        began = clock.mono()
        assert "sig=1&" in await one.patiently(sent_to(one, first))
        assert clock.mono() - began <= 3.5
        assert "sig=1&" in await sent_to(one, second)

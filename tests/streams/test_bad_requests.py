"""Whether a 400 to delivery directives may be about the URL."""

import asyncio

import pytest
from aiohttp import web

from proxy.errors import StatusError
from proxy.streams.bad_requests import BadRequests
from tests.fake_clock import FakeClock
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin

LIVE = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts\n"
ENTRY = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\nlow.m3u8?e={}\n"
LOW = "800k/index.m3u8"
AHEAD = "_HLS_msn=9"


@pytest.mark.parametrize(
    ("status", "query", "suspected"),
    [
        (400, AHEAD, True),
        (400, "_HLS_skip=YES", True),
        (400, "max=9", False),
        (400, "", False),
        (429, AHEAD, False),
        (503, AHEAD, False),
    ],
)
async def test_only_a_400_to_directives_is_suspected(
    status: int, query: str, *, suspected: bool
) -> None:
    """Other statuses, or requests without directives, are not."""
    error = StatusError("no", status=status)
    bad_requests = BadRequests(clock=FakeClock())
    assert bad_requests.suspects("v", "url", error, query=query) is suspected


async def test_a_url_is_suspected_once_in_half_a_minute() -> None:
    """Another URL of the same playlist can be suspected at once."""
    error = StatusError("no", status=400)
    clock, found = FakeClock(), list[bool]()
    bad_requests = BadRequests(clock=clock)
    for url in ("a", "a", "b", "b"):
        found.append(bad_requests.suspects("v", url, error, query=AHEAD))
    await clock.advance(30)
    found.append(bad_requests.suspects("v", "b", error, query=AHEAD))
    assert found == [True, False, True, False, True]


def signing(upstream: Origin) -> list[int]:
    """Let an origin sign with the last number of a list, and accept only that one."""
    numbers = [1]

    def entry(_: web.Request) -> web.Response:
        return web.Response(text=ENTRY.format(numbers[-1]), content_type=M3U8)

    def low(request: web.Request) -> web.Response:
        ended = request.query.get("e") != str(numbers[-1])
        if ended or request.query.get("_HLS_msn") == "999":
            return web.Response(status=400)
        return web.Response(text=LIVE, content_type=M3U8)

    upstream.asks("/v.m3u8", entry)
    upstream.asks("/low.m3u8", low)
    return numbers


async def test_an_expired_url_is_renewed_even_for_blocking_reloads(
    upstream: Origin,
) -> None:
    """Every time, although players send nothing else; also for two at once."""
    numbers = signing(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist(LOW)
        for number in (2, 3, 4):
            await one.clock.advance(10)
            numbers.append(number)
            reloads = [
                one.patiently(one.playlist(LOW, f"_HLS_msn={number}&_HLS_part={n}"))
                for n in (0, 0)
            ]
            for text in await asyncio.gather(*reloads):
                assert text.startswith("#EXTM3U")


async def test_a_directive_that_goes_too_far_gets_its_400(upstream: Origin) -> None:
    """It costs one more try in half a minute, and no load of the entry."""
    signing(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist(LOW)
        await one.clock.advance(10)
        before = upstream.count("/v.m3u8"), len(upstream.asked)
        for _ in range(5):
            with pytest.raises(StatusError) as passed:
                await one.patiently(one.playlist(LOW, "_HLS_msn=999"))
            assert passed.value.status == 400
        assert upstream.count("/v.m3u8") == before[0]
        assert len(upstream.asked) == before[1] + 7

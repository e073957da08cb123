"""Players' data about themselves is passed on with media if configured."""

import pytest
from aiohttp import web

from proxy.core.hls.names import Volatile
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin
from tests.streams.storing import HEAD

CMCD = "CMCD=bl%3D1%2Csid%3D%22a%22"


@pytest.mark.parametrize(
    ("passes", "everything", "asked"),
    [
        (False, False, "/s.ts?e=1"),
        (True, False, f"/s.ts?e=1&{CMCD}"),
        (True, True, f"/s.ts?e=1&{CMCD}&token=TOKEN-1"),
    ],
)
async def test_client_data_is_passed_on_with_media_if_configured(
    upstream: Origin, asked: str, *, passes: bool, everything: bool
) -> None:
    """Unchanged, and nothing else of the player's query; never with a playlist."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts?e=1\n")
    upstream.says("/s.ts", b"\0media")
    url = f"{upstream.url}/v.m3u8"
    async with built(url, client_data=passes, everything=everything) as one:
        name = (await one.playlist(query=CMCD)).splitlines()[-1]
        assert await one.media(name, f"x=1&{CMCD}") == (200, b"\0media")
    assert upstream.asked[0] == "/v.m3u8?token=TOKEN-1"
    assert upstream.asked[1] == asked


@pytest.mark.parametrize("status", [403, 400])
async def test_client_data_breaks_no_signature_that_covers_the_query(
    upstream: Origin, status: int
) -> None:
    """It is left out from then on; nothing is renewed for it."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts?e=1\n")

    def exact(request: web.Request) -> web.Response:
        exactly = request.query_string == "e=1"
        return web.Response(body=b"\0media", status=200 if exactly else status)

    upstream.asks("/s.ts", exact)
    async with built(f"{upstream.url}/v.m3u8", client_data=True) as one:
        name = (await one.playlist()).splitlines()[-1]
        for _ in range(3):
            assert await one.media(name, CMCD) == (200, b"\0media")
    # Whether the token is to blame is checked first.
    asked = 4 if status == 403 else 3
    assert upstream.asked[1:] == [f"/s.ts?e=1&{CMCD}", *["/s.ts?e=1"] * asked]


async def test_client_data_is_kept_after_a_renewal(upstream: Origin) -> None:
    """A URL that is refused with and without it is renewed as usual."""
    sign = 1
    upstream.asks(
        "/v.m3u8",
        lambda _: web.Response(
            text=f"{HEAD}#EXTINF:4,\ns.ts?sig={sign}\n", content_type=M3U8
        ),
    )

    def signed(request: web.Request) -> web.Response:
        fits = request.query["sig"] == str(sign)
        return web.Response(body=b"\0media", status=200 if fits else 403)

    upstream.asks("/s.ts", signed)
    volatile = Volatile(frozenset({"sig"}))
    url = f"{upstream.url}/v.m3u8"
    async with built(url, client_data=True, volatile=volatile) as one:
        name = (await one.playlist()).splitlines()[-1]
        sign = 2
        assert await one.media(name, CMCD) == (200, b"\0media")
    assert upstream.asked[-1] == f"/s.ts?sig=2&{CMCD}"

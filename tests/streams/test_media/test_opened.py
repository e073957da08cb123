"""Resources are opened, checked, and passed on."""

import pytest

from proxy.core.http.cache_status import NOT_KEPT
from proxy.errors import StatusError
from proxy.replies import MediaReply, PlayerAsk
from tests.streams.built import ask, built
from tests.streams.origin import Origin
from tests.streams.storing import HEAD


async def test_a_range_is_passed_on_in_both_directions(upstream: Origin) -> None:
    """Status, Content-Range and bytes are exactly the upstream's."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    upstream.says(
        "/s.ts", b"56", status=206, Content_Range="bytes 5-6/10", ETag='"a"', X_Own="1"
    )
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        asked = ask(headers={"Range": "bytes=5-6", "If-Range": '"a"', "Cookie": "c=1"})
        reply = await one.stream.open("main/s.ts", asked)
        assert isinstance(reply, MediaReply)
        async with reply.answer as body:
            assert b"".join([chunk async for chunk in body.chunks()]) == b"56"
    assert (reply.status, reply.cache) == (206, NOT_KEPT)
    headers = dict(reply.headers)
    assert headers["Content-Range"] == "bytes 5-6/10"
    assert "X-Own" not in headers
    sent = upstream.headers[-1]
    assert (sent["Range"], sent["If-Range"]) == ("bytes=5-6", '"a"')
    assert "Cookie" not in sent


async def test_a_head_request_is_sent_as_head(upstream: Origin) -> None:
    """Media is requested with the player's method."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    upstream.says("/s.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        head = PlayerAsk("HEAD", "", {}, "")
        reply = await one.stream.open("main/s.ts", head)
        assert isinstance(reply, MediaReply)
        async with reply.answer as body:
            assert body.content_length == 6
            assert [chunk async for chunk in body.chunks()] == []


async def test_a_404_for_a_segment_is_passed_on(upstream: Origin) -> None:
    """It left the window; the player goes on with another one."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        with pytest.raises(StatusError) as passed:
            await one.media("main/s.ts")
    assert passed.value.status == 404


async def test_an_unchanged_segment_gets_304(upstream: Origin) -> None:
    """A browser asks again with the validators that it got."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    upstream.says("/s.ts", b"", status=304)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        assert await one.media("main/s.ts", If_None_Match='"a"') == (304, b"")
    assert upstream.headers[-1]["If-None-Match"] == '"a"'

"""Bodies that break off: continued, or never called complete."""

import hashlib
from collections.abc import Callable

import pytest
from aiohttp import web

from proxy.errors import TruncatedError
from proxy.streams.replies import MediaReply
from tests.streams.built import Built, ask, built
from tests.streams.origin import Origin

WHOLE = hashlib.sha512(b"media").digest() * 4000
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts\n#EXT-X-ENDLIST\n"


class Breaks(web.Response):
    """Says how long it is, sends half of it, and resets the connection."""

    def __init__(self, body: bytes, *, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(
            status=status, body=body, content_type="video/mp2t", headers=named
        )
        self._half = len(body) // 2

    async def write_eof(self, data: bytes = b"") -> None:
        """Send the half, and end."""
        del data
        assert self._req is not None
        assert self._payload_writer is not None
        assert isinstance(self._body, bytes)
        await self._payload_writer.write(self._body[: self._half])
        transport = self._req.transport
        assert transport is not None
        transport.close()


def rest(
    request: web.Request, tag: str = '"v1"', total: int = len(WHOLE)
) -> web.Response:
    """Answer a range with the rest of the whole; it breaks too."""
    start = _start(request)
    return Breaks(
        WHOLE[start:],
        status=206,
        ETag=tag,
        Content_Range=f"bytes {start}-{len(WHOLE) - 1}/{total}",
    )


def last(request: web.Request) -> web.Response:
    """Answer a range with the rest of the whole, to its end."""
    start = _start(request)
    span = f"bytes {start}-{len(WHOLE) - 1}/{len(WHOLE)}"
    return web.Response(
        status=206, body=WHOLE[start:], headers={"ETag": '"v1"', "Content-Range": span}
    )


def _start(request: web.Request) -> int:
    return int(request.headers["Range"].removeprefix("bytes=").partition("-")[0])


def first(_: web.Request) -> web.Response:
    """Answer with the whole, and break."""
    return Breaks(WHOLE, ETag='"v1"')


async def heard(one: Built, **headers: str) -> bytes:
    """Return the segment as the player gets it."""
    reply = await one.stream.open("main/s.ts", ask("", headers))
    assert isinstance(reply, MediaReply)
    assert reply.status == 200
    async with reply.answer as body:
        return b"".join([chunk async for chunk in body.chunks()])


async def test_i6_a_body_that_breaks_goes_on_where_it_broke(upstream: Origin) -> None:
    """The player gets the whole; the upstream sees Range and If-Range."""
    upstream.says("/v.m3u8", MEDIA)
    steps: list[Callable[[web.Request], web.Response]] = [first, rest, last]
    answers = iter(steps)

    def answer(request: web.Request) -> web.Response:
        return next(answers)(request)

    upstream.asks("/s.ts", answer)
    async with built(f"{upstream.url}/v.m3u8", everything=True) as one:
        await one.playlist()
        assert await heard(one) == WHOLE
    asked, again = (headers for headers in upstream.headers if "Range" in headers)
    half = len(WHOLE) // 2
    assert (asked["Range"], asked["If-Range"]) == (f"bytes={half}-", '"v1"')
    assert again["Range"] == f"bytes={half + half // 2}-"
    assert all("token=TOKEN-1" in url for url in upstream.asked)


@pytest.mark.parametrize(
    "second",
    [
        lambda request: rest(request, tag='"v2"'),
        lambda request: rest(request, total=len(WHOLE) + 1),
        lambda _: web.Response(body=WHOLE, content_type="video/mp2t"),
        lambda _: web.Response(status=416),
    ],
    ids=["another tag", "another length", "all of it", "nothing"],
)
async def test_i6_what_does_not_continue_it_ends_it(
    upstream: Origin, second: Callable[[web.Request], web.Response]
) -> None:
    """Never as if it were complete."""
    upstream.says("/v.m3u8", MEDIA)

    def answer(request: web.Request) -> web.Response:
        return second(request) if "Range" in request.headers else broken

    broken = Breaks(WHOLE, ETag='"v1"')
    upstream.asks("/s.ts", answer)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        with pytest.raises(TruncatedError):
            await one.patiently(heard(one))


async def test_i1_a_body_without_a_strong_validator_is_not_continued(
    upstream: Origin,
) -> None:
    """Nothing proves that the rest would be of the same."""
    upstream.says("/v.m3u8", MEDIA)
    upstream.asks("/s.ts", lambda _: Breaks(WHOLE))
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        with pytest.raises(TruncatedError):
            await heard(one)
    assert upstream.count("/s.ts") == 1


async def test_an_upstream_that_breaks_everything_is_asked_twice_more(
    upstream: Origin,
) -> None:
    """And then given up."""
    upstream.says("/v.m3u8", MEDIA)

    def answer(request: web.Request) -> web.Response:
        return rest(request) if "Range" in request.headers else Breaks(WHOLE, ETag=tag)

    tag = '"v1"'
    upstream.asks("/s.ts", answer)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        with pytest.raises(TruncatedError):
            await heard(one)
    assert upstream.count("/s.ts") == 3


async def test_a_playlist_that_breaks_is_asked_for_once_more(upstream: Origin) -> None:
    """It is read whole before anything is sent, so nothing has to be joined."""
    answers = iter([Breaks(MEDIA.encode()), web.Response(text=MEDIA)])
    upstream.asks("/v.m3u8", lambda _: next(answers))
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert "main/s.ts" in await one.playlist()
    assert upstream.count("/v.m3u8") == 2

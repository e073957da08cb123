"""Answers that are not the requested part: the whole is requested once."""

import pytest

from proxy.errors import BadAnswerError, StatusError, TruncatedError
from proxy.replies import MediaReply
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.streams.built import Built, ask, built

PLAYLIST = answer(b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts\n")
BODY = bytes(range(100))
TYPE = "Content-Type: video/mp2t"
WHOLE = answer(BODY, TYPE, 'ETag: "v1"')


def part(body: bytes, said: str | None, *fields: str) -> Reply:
    """Return a 206 with this Content-Range."""
    told = [] if said is None else [f"Content-Range: {said}"]
    return answer(body, TYPE, *told, *fields, status="206 Partial Content")


def refused(said: str) -> Reply:
    """Return a 416."""
    return answer(b"", f"Content-Range: {said}", status="416 No")


def chunked(body: bytes, *fields: str, status: str = "200 OK") -> Reply:
    """Return a body of a length that is not declared."""
    head = [f"HTTP/1.1 {status}", "Transfer-Encoding: chunked", TYPE, *fields, "", ""]
    return Reply(
        "\r\n".join(head).encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    )


async def got(one: Built, **headers: str) -> tuple[int, bytes, str | None]:
    """Return status, bytes and Content-Range of the segment."""
    reply = await one.stream.open("main/s.ts", ask(headers=headers))
    assert isinstance(reply, MediaReply)
    async with reply.answer as body:
        read = b"".join([chunk async for chunk in body.chunks()])
        assert body.content_length in (None, len(read))
    return reply.status, read, dict(reply.headers).get("Content-Range")


ODD = [
    part(BODY[5:10], None),
    part(BODY[0:10], "bytes 0-9/100"),
    part(BODY[5:9], "bytes 5-8/100"),
    part(BODY[5:10], "bytes 5-9/7"),
    part(BODY[5:11], "bytes 5-9/100"),
    part(BODY[5:10], "bytes 5-9/100", "Content-Range: bytes 6-10/100"),
    part(b"--B--", None, "Content-Type: multipart/byteranges; boundary=B"),
    refused("bytes */100"),
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("second", "total"),
    [(WHOLE, "100"), (part(BODY, "bytes 0-99/100"), "100"), (chunked(BODY), "*")],
)
async def test_a_part_that_does_not_fit_is_cut_from_the_whole(
    odd: Reply, second: Reply, total: str
) -> None:
    """The player gets its range; the upstream gets one more request, for the whole."""
    async with (
        RawOrigin(PLAYLIST, odd, second) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        heard = await got(one, Range="bytes=5-9", If_Range='"v1"', Accept="a/b")
        asked = origin.heard[1:]
    assert heard == (206, BODY[5:10], f"bytes 5-9/{total}")
    assert [each.values("Range") for each in asked] == [["bytes=5-9"], []]
    assert asked[1].values("If-Range") == []
    assert asked[1].values("Accept") == ["a/b"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=5-9"}])
async def test_the_whole_is_requested_only_once(
    odd: Reply, headers: dict[str, str]
) -> None:
    """After that it is the upstream's fault, and a part never counts as the whole."""
    async with (
        RawOrigin(PLAYLIST, odd, odd, WHOLE) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        with pytest.raises(BadAnswerError):
            await got(one, **headers)
        assert len(origin.heard) == 3


@pytest.mark.parametrize("odd", ODD)
async def test_a_part_without_a_range_request_is_not_passed_on(odd: Reply) -> None:
    """The same request may be answered correctly the second time."""
    async with (
        RawOrigin(PLAYLIST, odd, WHOLE) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        assert await got(one) == (200, BODY, None)


async def test_the_whole_as_one_part_is_the_whole() -> None:
    """Some upstreams answer 206 without a range request; players get 200."""
    async with (
        RawOrigin(PLAYLIST, part(BODY, "bytes 0-99/100")) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        assert await got(one) == (200, BODY, None)
        assert len(origin.heard) == 2


async def test_a_range_outside_the_whole_is_refused_with_its_length() -> None:
    """The first refusal was right, but had a wrong length."""
    replies = (PLAYLIST, refused("bytes */900"), WHOLE)
    async with RawOrigin(*replies) as origin, built(origin.url("/v.m3u8")) as one:
        await one.playlist()
        with pytest.raises(StatusError) as refusal:
            await got(one, Range="bytes=100-")
    assert refusal.value.status == 416
    assert dict(refusal.value.headers)["Content-Range"] == "bytes */100"


async def test_another_version_is_sent_whole() -> None:
    """The player's bytes belong to the version that it named."""
    replies = (PLAYLIST, part(BODY[5:10], None), WHOLE)
    async with RawOrigin(*replies) as origin, built(origin.url("/v.m3u8")) as one:
        await one.playlist()
        assert await got(one, Range="bytes=5-9", If_Range='"v0"') == (200, BODY, None)


@pytest.mark.parametrize(
    "short",
    [
        chunked(BODY[5:9], "Content-Range: bytes 5-9/100", status="206 Partial"),
        Reply(part(BODY[5:10], "bytes 5-9/100").data[:-1], End.FIN),
    ],
)
async def test_a_part_that_is_too_short_is_not_called_complete(
    short: Reply,
) -> None:
    """However its end is known."""
    async with (
        RawOrigin(PLAYLIST, short) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        with pytest.raises(TruncatedError):
            await got(one, Range="bytes=5-9")


async def test_a_whole_that_is_shorter_than_the_range_is_not_called_complete() -> None:
    """Its length was unknown before it ended."""
    replies = (PLAYLIST, part(BODY[5:10], None), chunked(BODY[:9]))
    async with RawOrigin(*replies) as origin, built(origin.url("/v.m3u8")) as one:
        await one.playlist()
        with pytest.raises(TruncatedError):
            await got(one, Range="bytes=5-9")


@pytest.mark.parametrize("ranges", ["bytes=0-1,5-6", "lines=1-2", "bytes=x"])
@pytest.mark.parametrize(
    "failure",
    [
        answer(b"", status="500 Error"),
        answer(b"", status="503 Busy"),
        answer(b"", status="400 Bad"),
    ],
)
async def test_an_odd_range_that_fails_is_requested_once(
    ranges: str, failure: Reply
) -> None:
    """Then the whole is sent, as from a server without ranges: no flood of requests."""
    async with (
        RawOrigin(PLAYLIST, failure, WHOLE) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        status, body, _ = await got(one, Range=ranges)
        odd, whole = origin.heard[1:]
    assert (status, body) == (200, BODY)
    assert odd.values("Range") == [ranges]
    assert whole.values("Range") == []


async def test_a_single_range_that_fails_is_requested_again() -> None:
    """The failure is not about the range, and may be temporary."""
    failure = answer(b"", status="500 Error")
    asked_for = part(BODY[5:10], "bytes 5-9/100")
    async with (
        RawOrigin(PLAYLIST, failure, asked_for) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        reply = await one.patiently(got(one, Range="bytes=5-9"))
    assert reply == (206, BODY[5:10], "bytes 5-9/100")
    assert [each.values("Range") for each in origin.heard[1:]] == [["bytes=5-9"]] * 2

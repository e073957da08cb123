"""Bodies that break off, and their rest."""

from proxy.replies import MediaReply
from tests.raw_origin import End, Reply, answer
from tests.streams.built import Built, ask

TEXT = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts"
PLAYLIST = answer(TEXT + b"\n")
BODY = bytes(range(256)) * 400
HALF = len(BODY) // 2
TAG = 'ETag: "strong"'


def broken(upto: int, *fields: str, body: bytes = BODY, end: End = End.RST) -> Reply:
    """Return an answer that breaks off after its beginning."""
    reply = answer(body, *fields)
    return Reply(reply.data[: len(reply.data) - len(body) + upto], end)


def rest(
    start: int,
    *fields: str,
    body: bytes = BODY,
    upto: int | None = None,
    said: str | None = None,
) -> Reply:
    """Return the part from there on, perhaps interrupted again."""
    part = said or f"bytes {start}-{len(body) - 1}/{len(body)}"
    reply = answer(
        body[start:], f"Content-Range: {part}", *fields, status="206 Partial"
    )
    if upto is None:
        return reply
    kept = len(reply.data) - (len(body) - upto)
    return Reply(reply.data[:kept], End.RST)


async def got(one: Built, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Return what the player gets of the segment."""
    reply = await one.stream.open("main/s.ts", ask(headers=headers))
    assert isinstance(reply, MediaReply)
    async with reply.answer as body:
        read = b"".join([chunk async for chunk in body.chunks()])
    return reply.status, read, dict(reply.headers)

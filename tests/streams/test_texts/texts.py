"""A stream with a token, and bodies that may contain it."""

from collections.abc import Callable
from dataclasses import replace

from aiohttp import web

from proxy.replies import MediaReply
from tests.streams.built import Built, Tokens, ask
from tests.streams.origin import Origin

TOKENS = Tokens(generation=1000)
SECRET = "TOKEN-1000"
MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-KEY:METHOD=AES-128,URI="k.key"
#EXTINF:4,
s.vtt
#EXTINF:4,
s.ts
"""
CUES = "WEBVTT\n\n00:00.000 --> 00:04.000\nGrüße\n"
TOLD = f"{CUES}\n00:04.000 --> 00:08.000\n{SECRET}\n"
TAGGED = {"ETag": '"t"', "Content-Type": "text/vtt", "Accept-Ranges": "bytes"}
PACKET = b"\x47\x40\x00" + SECRET.encode().ljust(185, b"\xff")
BINARY = PACKET * 4


async def opened(one: Built, name: str = "s.vtt", method: str = "GET") -> MediaReply:
    """Return the player's reply."""
    path = f"common/{name}" if name.endswith(".key") else f"main/{name}"
    reply = await one.stream.open(path, replace(ask(), method=method))
    assert isinstance(reply, MediaReply)
    return reply


async def whole(reply: MediaReply) -> bytes:
    """Return its body, whose length is as declared."""
    async with reply.answer as body:
        read = b"".join([chunk async for chunk in body.chunks()])
    assert body.content_length in (None, len(read))
    return read


def fields(reply: MediaReply) -> dict[str, str]:
    """Return its header fields."""
    return {name.lower(): value for name, value in reply.headers}


def served(upstream: Origin, body: bytes, status: int = 200, **more: str) -> None:
    """Let the origin answer for the segments; `s.ts` has the type of media."""
    headers = TAGGED | {name.replace("_", "-"): more[name] for name in more}
    media = headers | {"Content-Type": "video/mp2t"}
    for path, fields in (("/s.vtt", headers), ("/s.ts", media)):
        upstream.asks(path, _answer(body, status, fields))


def _answer(
    body: bytes, status: int, fields: dict[str, str]
) -> Callable[[web.Request], web.Response]:
    return lambda _: web.Response(body=body, status=status, headers=fields)

"""Which fields of an upstream's answer a player gets."""

import pytest
from aiohttp import web

from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import StatusError
from proxy.replies import MediaReply, PlaylistReply
from tests.streams.built import Tokens, ask, built
from tests.streams.origin import M3U8, Origin

# Shorter texts may appear in an answer by chance.
TOKENS = Tokens(generation=1000)
ECHOES = {"ETag": '"TOKEN-1000"', "CMSD-Dynamic": "x=%54OKEN-1000"}
FIELDS = {**ECHOES, "Cache-Control": "max-age=3", "CMSD-Static": "ot=v"}
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts\n#EXTINF:4,\nno.ts\n"


class Words(Tokens):
    """A keeper of a token with blanks."""

    def _kept(self) -> KeptToken:
        return KeptToken(Token({"token": "two words and more"}), 1)


async def test_s5_a_blank_may_be_written_as_a_plus_sign(upstream: Origin) -> None:
    """In the ETag, type and date of a segment, and in all other fields."""
    echo = "two+words+and+more"
    names = ("ETag", "Last-Modified", "Retry-After", "Age", "Vary", "CMSD-Static")
    fields = {"Content-Type": f"video/mp2t; x={echo}"} | dict.fromkeys(names, echo)
    upstream.says("/v.m3u8", MEDIA)
    upstream.asks("/s.ts", lambda _: web.Response(body=b"\0media", headers=fields))
    url = f"{upstream.url}/v.m3u8"
    async with built(url, everything=True, keeper=Words()) as one:
        await one.playlist()
        media = await one.stream.open("main/s.ts", ask())
        assert isinstance(media, MediaReply)
        async with media.answer as body:
            assert b"".join([chunk async for chunk in body.chunks()]) == b"\0media"
    assert "words" not in str(media.headers)


async def test_s5_fields_that_repeat_the_token_are_dropped(
    upstream: Origin,
) -> None:
    """Of a playlist, of media, of a failure; all other fields are passed on."""
    upstream.asks(
        "/v.m3u8",
        lambda _: web.Response(text=MEDIA, content_type=M3U8, headers=FIELDS),
    )
    upstream.asks("/s.ts", lambda _: web.Response(body=b"\0media", headers=FIELDS))
    upstream.asks("/no.ts", lambda _: web.Response(status=418, headers=FIELDS))
    url = f"{upstream.url}/v.m3u8"
    async with built(url, everything=True, keeper=TOKENS) as one:
        playlist = await one.stream.open("index.m3u8", ask())
        assert isinstance(playlist, PlaylistReply)
        media = await one.stream.open("main/s.ts", ask())
        assert isinstance(media, MediaReply)
        async with media.answer as body:
            assert b"".join([chunk async for chunk in body.chunks()]) == b"\0media"
        with pytest.raises(StatusError) as failed:
            await one.stream.open("main/no.ts", ask())
    for fields in (playlist.headers, media.headers, failed.value.headers):
        assert "OKEN-1000" not in str(fields)
        assert {"Cache-Control", "CMSD-Static"} <= {name for name, _ in fields}

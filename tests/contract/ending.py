"""An origin whose sessions end: its URLs work for four seconds, then it refuses them.

The test chooses how it refuses.
"""

import asyncio
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import cast

from aiohttp import web

from tests.fake_clock import FakeClock
from tests.streams.origin import M3U8, Origin

LIVES = 4
"""Seconds for which a signature or a token opens."""
PAST = 10
"""Seconds after which none that is known opens any more."""

KEY = bytes(range(200, 216))
MEDIA = bytes(range(256)) * 4
SUBTITLE = b"WEBVTT\n\n00:00.000 --> 00:02.000\nhello\n"
FILES = {
    "s": (MEDIA, "video/mp2t"),
    "a": (b"\xff\xf1" + MEDIA, "audio/aac"),
    "c": (SUBTITLE, "text/vtt"),
    "k": (KEY, "application/octet-stream"),
    "i": (b"\x00\x00\x00\x18ftypiso5" + MEDIA, "video/mp4"),
}
"""By the first letter of their names."""
PAGE = "<!DOCTYPE html><title>Log in</title><form></form>"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>'
FOREIGN = "https://login.example/start?rd=%2Fv.m3u8"

LADDER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio.m3u8{sign}"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="c",NAME="en",URI="text.m3u8{sign}"
#EXT-X-STREAM-INF:BANDWIDTH=800000,AUDIO="a",SUBTITLES="c"
low.m3u8{sign}
"""
HEAD = """#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES
#EXT-X-PART-INF:PART-TARGET=1
"""
VIDEO = """#EXT-X-MAP:URI="i.mp4{sign}"
#EXT-X-KEY:METHOD=AES-128,URI="k.bin{sign}"
#EXTINF:4,
s.ts{sign}
"""
AUDIO = "#EXTINF:4,\na.aac{sign}\n"
TEXT = "#EXTINF:4,\nc.vtt{sign}\n"


def _status(status: int) -> Callable[[], web.Response]:
    return lambda: web.Response(status=status, text="no")


def _moved(location: str) -> Callable[[], web.Response]:
    return lambda: web.Response(status=302, headers={"Location": location})


DRESSES: dict[str, Callable[[], web.Response]] = {
    **{str(status): _status(status) for status in (401, 403, 410, 404, 400)},
    "302 own": _moved("/login"),
    "302 foreign": _moved(FOREIGN),
    "HTML": lambda: web.Response(text=PAGE, content_type="text/html"),
    "JSON": lambda: web.json_response({"error": "the session has ended"}),
    "XML": lambda: web.Response(text=XML, content_type="application/xml"),
    "XML as media": lambda: web.Response(text=XML, content_type="video/mp2t"),
    "comment": lambda: web.Response(text="<!-- x -->" + PAGE, content_type=M3U8),
    "text": lambda: web.Response(text="Forbidden", content_type=M3U8),
    "302 to nowhere": lambda: web.Response(status=302),
    "206 HTML": lambda: web.Response(status=206, text=PAGE, content_type="text/html"),
    "204": lambda: web.Response(status=204),
    "empty": lambda: web.Response(content_type="application/octet-stream"),
}
"""The ways of saying no."""


@dataclass(slots=True)
class Ending:
    """Lists and serves, as long as the credential in the request is young enough.

    The entry needs no token, a static token (`static`) or one that expires
    (`signed`), and the URLs that it lists are signed. Or everything needs a bearer
    token (`http`).
    """

    origin: Origin
    clock: FakeClock
    _: KW_ONLY
    dress: str
    levels: int
    guard: str = "none"
    denied: int = 0
    entries: list[float] = field(default_factory=list)
    """When the entry was asked for, in epoch seconds."""
    issued: list[float] = field(default_factory=list)
    """When the service gave its tokens."""
    breaks: bool = False
    """Whether the next segment breaks off in the middle, and with it the session."""
    gone: bool = False
    """Whether nothing opens any more."""

    def __post_init__(self) -> None:
        """Answer the origin's paths."""
        media = HEAD + VIDEO
        lists = {"/v.m3u8": media + AUDIO + TEXT}
        if self.levels > 1:
            lists = {
                "/v.m3u8": LADDER,
                "/low.m3u8": media,
                "/audio.m3u8": HEAD + AUDIO,
                "/text.m3u8": HEAD + TEXT,
            }
        for path, text in lists.items():
            self.origin.asks(path, self._guarded(self._list(text)))
        for name in ("s.ts", "a.aac", "c.vtt", "k.bin", "i.mp4"):
            self.origin.asks(f"/{name}", self._guarded(self._file))
        self.origin.says("/login", PAGE, kind="text/html")
        self.origin.asks("/token", self._token)

    def _token(self, _: web.Request) -> web.Response:
        self.issued.append(self.clock.wall())
        token = f"token-{len(self.issued)}"
        return web.json_response({"access_token": token, "expires_in": 3600})

    def _guarded(
        self, serve: Callable[[web.Request], web.Response]
    ) -> Callable[[web.Request], web.Response]:
        def answer(request: web.Request) -> web.Response:
            if request.path == "/v.m3u8":
                self.entries.append(self.clock.wall())
            if self.gone or not self._opens(request):
                self.denied += 1
                return DRESSES[self.dress]()
            return serve(request)

        return answer

    def _opens(self, request: web.Request) -> bool:
        entry = request.path == "/v.m3u8"
        match self.guard:
            case "http":
                return self._is_young(request.headers.get("Authorization", ""))
            case "signed" if entry:
                return self._is_young(request.query.get("token", ""))
            case "static" if entry:
                return request.query.get("token") == "CANARY"
            case "none" if entry:
                return True
        signed = float(request.query.get("e", "0"))
        return self.clock.wall() - signed <= LIVES

    def _is_young(self, token: str) -> bool:
        number = token.rpartition("token-")[2]
        if not number.isdigit():
            return False
        return self.clock.wall() - self.issued[int(number) - 1] <= LIVES

    def _list(self, text: str) -> Callable[[web.Request], web.Response]:
        def answer(_: web.Request) -> web.Response:
            sign = "" if self.guard == "http" else f"?e={self.clock.wall():.0f}"
            return web.Response(text=text.format(sign=sign), content_type=M3U8)

        return answer

    def _file(self, request: web.Request) -> web.Response:
        body, kind = FILES[request.path[1]]
        fields = {"ETag": '"one"', "Accept-Ranges": "bytes"}
        part = request.http_range
        if part.start is None:
            reply = web.Response(body=body, content_type=kind, headers=fields)
            if self.breaks:
                self.breaks = False
                return _Breaking(self.clock, reply)
            return reply
        end = min(part.stop or len(body), len(body))
        fields["Content-Range"] = f"bytes {part.start}-{end - 1}/{len(body)}"
        piece = body[part.start : end]
        return web.Response(body=piece, status=206, content_type=kind, headers=fields)


class _Breaking(web.Response):
    """Declares its whole length, sends half, waits for the session to end, closes."""

    def __init__(self, clock: FakeClock, whole: web.Response) -> None:
        super().__init__(body=whole.body, headers=whole.headers)
        self._clock = clock

    async def write_eof(self, data: bytes = b"") -> None:
        """Send half."""
        del data
        body = cast("bytes", self.body)
        await self.write(body[: len(body) // 2])
        await asyncio.sleep(0.01)  # it is on its way
        # No second passes, because the rest of a silent body is requested separately.
        await self._clock.jump(PAST)
        if self._req is not None and self._req.transport is not None:
            self._req.transport.close()

"""An origin that opens a session at each load of its entry."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field

from aiohttp import web

from proxy.upstream.session import Sessions
from tests.streams.built import Built, built
from tests.streams.origin import M3U8, Origin

LANG = frozenset({"lang"})
LADDER = (
    '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",LANGUAGE="en",URI="{}"\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080,AUDIO="a"\n{}\n'
)
PICTURE, SOUND = "1080p-5000k/index.m3u8", "audio-en/index.m3u8"
SEGMENT = "1080p-5000k/s.ts"


@dataclass(slots=True)
class Teller:
    """An origin whose entry opens a session at each load, whatever credentials it gets.

    A cookie identifies it: all URLs are the same. Its numbers rise with each request,
    so that a live playlist moves on.
    """

    home: Origin
    _: KW_ONLY
    redirects: bool = False
    guards_playlists: bool = True
    languages: list[str] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    polls: int = 0

    def __post_init__(self) -> None:
        """Answer the origin's paths."""
        self.home.asks("/v.m3u8", self.entry)
        self.home.asks("/ladder.m3u8", self.ladder)
        for name in ("picture.m3u8", "sound.m3u8"):
            self.home.asks(f"/{name}", self.playlist)
        self.home.asks("/s.ts", self.segment)

    def entry(self, request: web.Request) -> web.Response:
        """Open a session, here or after a redirect that checks the cookie."""
        self.languages.append(request.query.get("lang", "en"))
        reply = (
            web.Response(status=302, headers={"Location": "/ladder.m3u8"})
            if self.redirects
            else self.listed()
        )
        reply.set_cookie("sid", f"session-{len(self.languages) - 1:04}", path="/")
        return reply

    def listed(self) -> web.Response:
        """Return the list, which is always the same."""
        text = LADDER.format("sound.m3u8", "picture.m3u8")
        return web.Response(text=text, content_type=M3U8)

    def ladder(self, request: web.Request) -> web.Response:
        """Return it if the request carries the newest session."""
        last = len(self.languages) - 1
        there = self.session(request) == last
        return self.listed() if there else web.Response(status=403)

    def session(self, request: web.Request) -> int:
        """Return the number of the session in the request; -1 for none."""
        return int(request.cookies.get("sid", "session--1").removeprefix("session-"))

    def playlist(self, request: web.Request) -> web.Response:
        """Return a playlist of the session."""
        number = self.session(request)
        if self.guards_playlists and (number < 0 or number in self.refused):
            return web.Response(status=403)
        self.polls += 1
        told = f"# {number} {self.languages[number]}\n" if number >= 0 else ""
        return web.Response(
            text=f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
            f"#EXT-X-MEDIA-SEQUENCE:{self.polls}\n{told}#EXTINF:4,\ns.ts\n",
            content_type=M3U8,
        )

    def segment(self, request: web.Request) -> web.Response:
        """Return a segment of the session."""
        number = self.session(request)
        if number < 0 or number in self.refused:
            return web.Response(status=403)
        body = f"\0media of {number} {self.languages[number]}".encode()
        return web.Response(body=body, content_type="video/mp2t")


@asynccontextmanager
async def playing(home: Origin) -> AsyncIterator[Built]:
    """Run a stream of the origin whose players may select a language."""
    async with built(f"{home.url}/v.m3u8", sessions=Sessions(), passing=LANG) as one:
        yield one


async def told(one: Built, path: str) -> str:
    """Return the session and language of a playlist."""
    found = re.search(r"# (.+)\n", await one.playlist(path))
    assert found
    return found[1]

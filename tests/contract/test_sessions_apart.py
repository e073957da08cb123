"""Sessions of several players at once, by cookies, headers or signed URLs."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from proxy.core.hls.names import Volatile
from proxy.errors import ChildRefusedError, UpstreamError
from proxy.streams.selections import MOST_GIVEN
from proxy.upstream.session import Sessions
from tests.streams.built import Built, built
from tests.streams.origin import M3U8, Origin, origin

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


@pytest.fixture
async def home() -> AsyncIterator[Origin]:
    """Run an origin."""
    async with origin() as one:
        yield one


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


@pytest.mark.parametrize("redirects", [False, True])
async def test_no_player_gets_what_another_selected_by_a_cookie(
    home: Origin, *, redirects: bool
) -> None:
    """Neither playlists nor segments, although all URLs are the same."""
    Teller(home, redirects=redirects)
    async with playing(home) as one:
        await one.playlist()
        assert await told(one, PICTURE) == "0 en"
        await one.playlist(query="lang=de")
        await one.clock.advance(4)
        assert await told(one, PICTURE) == "0 en"
        assert await told(one, PICTURE.replace("/", ".lang-de/")) == "1 de"
        for suffix, body in (("", b"0 en"), (".lang-de", b"1 de"), ("", b"0 en")):
            path = SEGMENT.replace("/", f"{suffix}/")
            assert (await one.media(path))[1] == b"\0media of " + body


@pytest.mark.parametrize("redirects", [False, True])
async def test_a_new_player_joins_the_session_that_is_played(
    home: Origin, *, redirects: bool
) -> None:
    """However often the entry opens another, until it is refused or left."""
    teller = Teller(home, redirects=redirects)
    async with playing(home) as one:
        await one.playlist()
        for _ in range(3):
            assert await told(one, PICTURE) == "0 en"
            assert await told(one, SOUND) == "0 en"
            await one.clock.advance(4)
            await one.playlist()
        assert len(teller.languages) == 4
        teller.refused = {0}
        assert await told(one, SOUND) == "4 en"
        assert await told(one, PICTURE) == "4 en"
        await one.playlist()
        assert await told(one, SOUND) == "4 en"
        await one.clock.advance(61)
        await one.playlist()
        assert await told(one, SOUND) == "6 en"


async def test_after_a_restart_a_new_session_is_used(home: Origin) -> None:
    """The old one is unknown; picture and sound use the same new one."""
    Teller(home)
    for number in (0, 1):
        async with playing(home) as one:
            both = await asyncio.gather(told(one, SOUND), told(one, PICTURE))
            assert set(both) == {f"{number} en"}


async def test_a_player_whose_segments_are_refused_gets_a_new_session(
    home: Origin,
) -> None:
    """The playlists need no session, so they work; the player reopens the stream."""
    teller = Teller(home, guards_playlists=False)
    async with playing(home) as one:
        await one.playlist()
        await one.playlist(PICTURE)
        assert (await one.media(SEGMENT))[1] == b"\0media of 0 en"
        teller.refused = {0}
        with pytest.raises(ChildRefusedError):
            await one.media(SEGMENT)
        await one.clock.advance(1.1)
        await one.playlist()
        assert (await one.media(SEGMENT))[1] == b"\0media of 1 en"
        await one.playlist()
        assert (await one.media(SEGMENT))[1] == b"\0media of 1 en"


async def test_a_lasting_refusal_moves_the_others_once(home: Origin) -> None:
    """A newer session did not help, so the session is not the reason."""
    Teller(home)
    async with playing(home) as one:
        await one.playlist()
        await told(one, PICTURE)
        await told(one, SOUND)
        home.says("/sound.m3u8", "", status=403)
        for _ in range(5):
            await one.clock.advance(2)
            with pytest.raises(UpstreamError, match="refused"):
                await one.playlist(SOUND)
            assert await told(one, PICTURE) == "1 en"


@pytest.mark.parametrize("ended", [False, True])
async def test_a_media_entry_is_reloaded_in_its_session(
    home: Origin, *, ended: bool
) -> None:
    """A live one follows its answers; a recording stays in its session while played."""
    opened = 0

    def entry(request: web.Request) -> web.Response:
        nonlocal opened
        opened += 1
        end = "#EXT-X-ENDLIST\n" if ended else ""
        text = (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:{opened}\n"
            f"# {request.cookies.get('sid')}\n#EXTINF:4,\ns.ts\n{end}"
        )
        reply = web.Response(text=text, content_type=M3U8)
        reply.set_cookie("sid", str(opened), path="/")
        return reply

    home.asks("/v.m3u8", entry)
    async with playing(home) as one:
        shown = [await told(one, "index.m3u8") for _ in range(4)]
    assert shown == (["None", "1", "1", "1"] if ended else ["None", "1", "2", "3"])


async def test_a_renewed_credential_belongs_to_one_selection(home: Origin) -> None:
    """If the upstream repeats it to another selection, it is removed there."""
    seen: list[tuple[str, str]] = []

    def entry(request: web.Request) -> web.Response:
        language = request.query.get("lang", "en")
        return web.Response(
            text=LADDER.format("sound.m3u8", "picture.m3u8"),
            content_type=M3U8,
            headers={"X-Session": f"credential-of-{language}"},
        )

    def playlist(request: web.Request) -> web.Response:
        seen.append((request.path, request.headers.get("X-Session", "")))
        both = "".join(f"# credential-of-{each}\n" for each in ("en", "de"))
        text = f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n{both}#EXTINF:4,\ns.ts\n"
        return web.Response(text=text, content_type=M3U8)

    home.asks("/v.m3u8", entry)
    home.asks("/picture.m3u8", playlist)
    sessions = Sessions(renewed=["X-Session"], origins=[home.url])
    async with built(f"{home.url}/v.m3u8", sessions=sessions, passing=LANG) as one:
        await one.playlist()
        await one.playlist(query="lang=de")
        for suffix, language in (("", "en"), (".lang-de", "de")):
            text = await one.playlist(PICTURE.replace("/", f"{suffix}/"))
            assert "credential" not in text
            assert seen[-1] == ("/picture.m3u8", f"credential-of-{language}")


async def test_the_credentials_of_all_selections_have_one_limit(home: Origin) -> None:
    """The least recently used ones are dropped; the unselected stream keeps its own."""

    def entry(request: web.Request) -> web.Response:
        reply = web.Response(
            text=LADDER.format("sound.m3u8", "picture.m3u8"), content_type=M3U8
        )
        for number in range(9):
            name = request.query.get("lang", "en")
            reply.set_cookie(f"c{number}", f"cookie-{number}-of-{name}", path="/")
        return reply

    home.asks("/v.m3u8", entry)
    sessions = Sessions()
    async with built(f"{home.url}/v.m3u8", sessions=sessions, passing=LANG) as one:
        for number in range(40):
            await one.playlist(query=f"lang=x{number}" if number else "")
        gc.collect()
        sessions.changed()
        assert len(one.stream) == MOST_GIVEN // 9
        assert len(sessions.credentials) <= MOST_GIVEN + 9 + 16
        assert {"cookie-0-of-en", "cookie-8-of-x39"} <= sessions.credentials
        assert "cookie-0-of-x5" not in sessions.credentials


async def test_picture_and_sound_return_to_the_same_session(home: Origin) -> None:
    """They are refused one after the other, while others open the stream."""
    opened, signature = 0, 1

    def entry(_: web.Request) -> web.Response:
        nonlocal opened
        opened += 1
        for name in ("sound", "picture"):
            home.asks(f"/{opened}/{name}.m3u8", playlist)
        urls = (f"/{opened}/{n}.m3u8?sig={signature}" for n in ("sound", "picture"))
        return web.Response(text=LADDER.format(*urls), content_type=M3U8)

    def playlist(request: web.Request) -> web.Response:
        if int(request.query["sig"]) < signature:
            return web.Response(status=403)
        number = request.path.split("/")[1]
        text = f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n# {number}\n#EXTINF:4,\ns.ts\n"
        return web.Response(text=text, content_type=M3U8)

    home.asks("/v.m3u8", entry)
    async with built(
        f"{home.url}/v.m3u8", volatile=Volatile(query=frozenset({"sig"}))
    ) as one:
        await one.playlist()
        assert await told(one, PICTURE) == await told(one, SOUND) == "1"
        for session in ("2", "5", "8"):
            await one.clock.advance(2)
            signature += 1
            assert await told(one, PICTURE) == session
            for _ in range(2):
                await one.playlist()
                await one.clock.advance(1.3)
            assert await told(one, SOUND) == session
            assert await told(one, PICTURE) == session

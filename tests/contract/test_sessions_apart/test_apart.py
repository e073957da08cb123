"""No player gets the session or the credentials of another selection."""

import gc

import pytest
from aiohttp import web

from proxy.streams.selections import MOST_GIVEN
from proxy.upstream.session import Sessions
from tests.contract.test_sessions_apart.teller import (
    LADDER,
    LANG,
    PICTURE,
    SEGMENT,
    Teller,
    playing,
    told,
)
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin


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

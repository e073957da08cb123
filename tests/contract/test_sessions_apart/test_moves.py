"""Which session a player joins, and when it moves to another."""

import asyncio

import pytest
from aiohttp import web

from proxy.core.hls.names import Volatile
from proxy.errors import ChildRefusedError, UpstreamError
from tests.contract.test_sessions_apart.teller import (
    LADDER,
    PICTURE,
    SEGMENT,
    SOUND,
    Teller,
    playing,
    told,
)
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin


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

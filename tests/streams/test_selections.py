"""One stream as such, and as players select it."""

import re

import pytest
from aiohttp import web

from proxy.errors import NameUnknownError
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin

LANG = frozenset({"lang"})
VARIANT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080\n{}\n"
MEDIA = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
    '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:4,\ns1.ts\n'
)


def listed(playlist: str) -> list[str]:
    """Return the URI lines."""
    return [line for line in playlist.splitlines() if not line.startswith("#")]


@pytest.fixture
def speaking(upstream: Origin) -> Origin:
    """Return an origin whose entry lists the language that is asked for."""

    def choose(request: web.Request) -> web.Response:
        language = request.query.get("lang", "en")
        return web.Response(
            text=VARIANT.format(f"{language}/v.m3u8"), content_type=M3U8
        )

    upstream.asks("/v.m3u8", choose)
    for language in ("en", "de", "x" * 300):
        upstream.says(f"/{language}/v.m3u8", MEDIA)
        upstream.says(f"/{language}/s1.ts", b"\0" + language.encode())
        upstream.says(f"/{language}/k", language.encode() * 8)
    return upstream


async def test_what_is_selected_has_names_of_its_own(speaking: Origin) -> None:
    """Whoever asks later, and in whichever order: segments and keys too."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        for query, suffix, body in 2 * [
            ("", "", b"en"),
            ("lang=de&x=1", ".lang-de", b"de"),
        ]:
            (path,) = listed(await one.playlist(query=query))
            assert path == f"1080p-5000k{suffix}/index.m3u8"
            media = await one.playlist(path)
            assert await one.media(f"1080p-5000k{suffix}/s1.ts") == (200, b"\0" + body)
            (key,) = re.findall(r'URI="\.\./(.+)"', media)
            assert key.startswith(f"common{suffix}/")
            assert await one.media(key) == (200, body * 8)


@pytest.mark.parametrize("suffix", ["", ".lang-de"])
async def test_a_cold_name_loads_the_entry_with_its_selection(
    speaking: Origin, suffix: str
) -> None:
    """After a restart a player goes on with what it has selected."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        body = b"de" if suffix else b"en"
        assert await one.media(f"1080p-5000k{suffix}/s1.ts") == (200, b"\0" + body)
    assert ("lang=de" in speaking.asked[0]) is bool(suffix)


async def test_a_refused_rendition_is_renewed_with_its_selection(
    speaking: Origin,
) -> None:
    """Its parent is the entry as it was selected."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        await one.playlist(query="lang=de")
        await one.playlist("1080p-5000k.lang-de/index.m3u8")
        speaking.says("/de/v.m3u8", "", status=403)
        speaking.asks(
            "/v.m3u8",
            lambda request: web.Response(
                text=VARIANT.format(f"new-{request.query['lang']}.m3u8"),
                content_type=M3U8,
            ),
        )
        speaking.says("/new-de.m3u8", MEDIA.replace("s1.ts", "new.ts"))
        await one.clock.advance(5)
        renewed = await one.playlist("1080p-5000k.lang-de/index.m3u8")
    assert "new.ts" in renewed


async def test_a_media_playlist_is_selected_too(upstream: Origin) -> None:
    """Its one rendition shows it."""
    upstream.says("/v.m3u8", MEDIA)
    upstream.says("/s1.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8", passing=LANG) as one:
        assert "\nmain.lang-de/s1.ts\n" in await one.playlist(query="lang=de")
        assert "\nmain/s1.ts\n" in await one.playlist()
        assert await one.media("main.lang-de/s1.ts") == (200, b"\0media")


@pytest.mark.parametrize("path", ["1080p-5000k.lang-de/s1.ts", "main.lang-de/s1.ts"])
async def test_what_may_not_select_is_no_name(speaking: Origin, path: str) -> None:
    """Nobody is asked with it."""
    async with built(f"{speaking.url}/v.m3u8", passing=frozenset({"other"})) as one:
        with pytest.raises(NameUnknownError):
            await one.media(path)
        assert "1080p-5000k/" in await one.playlist(query="lang=de")
    assert not any("lang" in asked for asked in speaking.asked)


async def test_a_parameter_that_carries_the_token_selects_nothing(
    speaking: Origin,
) -> None:
    """Neither in a query nor in a name."""
    passing = frozenset({"Token"})
    async with built(f"{speaking.url}/v.m3u8", passing=passing) as one:
        assert "1080p-5000k/" in await one.playlist(query="Token=mine")
        with pytest.raises(NameUnknownError):
            await one.media("1080p-5000k.Token-mine/s1.ts")
    assert not any("mine" in asked for asked in speaking.asked)


async def test_a_long_selection_is_known_until_a_restart(speaking: Origin) -> None:
    """Its names are hashes, and a hash tells nothing to who has not seen it."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        (path,) = listed(await one.playlist(query=f"lang={'x' * 300}"))
        media = path.replace("index.m3u8", "s1.ts")
        assert await one.media(media) == (200, b"\0" + b"x" * 300)
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        with pytest.raises(NameUnknownError):
            await one.media(media)


async def test_selections_are_few(speaking: Origin) -> None:
    """The least recently used is forgotten, and found again by its names."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        assert await one.media("1080p-5000k.lang-de/s1.ts") == (200, b"\0de")
        for number in range(150):
            await one.playlist(query=f"lang={number}")
        assert len(one.stream) == 100
        assert await one.media("1080p-5000k.lang-de/s1.ts") == (200, b"\0de")


async def test_selections_share_the_limit_of_names(speaking: Origin) -> None:
    """Each has an entry and a rendition here."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG, names=20) as one:
        for number in range(50):
            await one.playlist(query=f"lang={number}")
        assert len(one.stream) == 10


async def test_what_a_player_brings_is_not_learnt_for_others(upstream: Origin) -> None:
    """An upstream hands its query on; the first look at the entry has directives."""

    def hand_on(request: web.Request) -> web.Response:
        text = VARIANT.format(f"low.m3u8?v=1&{request.query_string}&w=2")
        return web.Response(text=text, content_type=M3U8)

    upstream.asks("/v.m3u8", hand_on)
    upstream.says("/low.m3u8", MEDIA)
    brought = "_HLS_msn=99999999&CMCD=bl%3D1&_HLS_skip=YES"
    async with built(f"{upstream.url}/v.m3u8?k=3") as one:
        for _ in range(2):
            assert "1080p-5000k/" in await one.playlist(query=brought)
            await one.playlist("1080p-5000k/index.m3u8")
            assert upstream.asked[-1].startswith("/low.m3u8?v=1&k=3&")
            assert "_HLS" not in upstream.asked[-1]
            assert "CMCD" not in upstream.asked[-1]
    # Once it is known to list playlists, it is not asked with directives at all; the
    # second is the whole behind the delta.
    asked = [path for path in upstream.asked if path.startswith("/v.m3u8")]
    assert ["_HLS" in path for path in asked] == [True, False, False]

"""Each selection has names of its own."""

import re

import pytest
from aiohttp import web

from proxy.errors import NameUnknownError
from proxy.replies import PlaylistReply
from tests.streams.built import ask, built
from tests.streams.origin import M3U8, Origin
from tests.streams.test_selections.selected import LANG, MEDIA, VARIANT, listed


async def test_each_selection_has_its_own_names(speaking: Origin) -> None:
    """Whoever asks later, and in any order: for segments and keys too."""
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


async def test_only_an_opened_selection_is_at_hand(speaking: Origin) -> None:
    """A look-up creates none, and finds no playlist of another one."""
    async with built(
        f"{speaking.url}/v.m3u8", passing=LANG, snapshot_bytes=1 << 20
    ) as one:
        english = await one.playlist()
        assert one.stream.at_hand("index.m3u8", ask("lang=de")) is None
        assert len(one.stream) == 0
        german = await one.playlist(query="lang=de")
        for query, body in (("", english), ("lang=de", german)):
            kept = one.stream.at_hand("index.m3u8", ask(query))
            assert isinstance(kept, PlaylistReply)
            assert kept.body.decode() == body
        (path,) = listed(german)
        await one.playlist(path)
        assert one.stream.at_hand(path, ask()) is not None
        assert one.stream.at_hand("1080p-5000k.lang-fr/index.m3u8", ask()) is None


@pytest.mark.parametrize("suffix", ["", ".lang-de"])
async def test_a_cold_name_loads_the_entry_with_its_selection(
    speaking: Origin, suffix: str
) -> None:
    """After a restart a player goes on with its selection."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        body = b"de" if suffix else b"en"
        assert await one.media(f"1080p-5000k{suffix}/s1.ts") == (200, b"\0" + body)
    assert ("lang=de" in speaking.asked[0]) is bool(suffix)


async def test_a_refused_rendition_is_renewed_with_its_selection(
    speaking: Origin,
) -> None:
    """Its parent is the entry with that selection."""
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


async def test_a_media_playlist_can_be_selected_too(upstream: Origin) -> None:
    """The folder of its only rendition shows the selection."""
    upstream.says("/v.m3u8", MEDIA)
    upstream.says("/s1.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8", passing=LANG) as one:
        assert "\nmain.lang-de/s1.ts\n" in await one.playlist(query="lang=de")
        assert "\nmain/s1.ts\n" in await one.playlist()
        assert await one.media("main.lang-de/s1.ts") == (200, b"\0media")


@pytest.mark.parametrize("path", ["1080p-5000k.lang-de/s1.ts", "main.lang-de/s1.ts"])
async def test_other_parameters_are_not_a_selection(
    speaking: Origin, path: str
) -> None:
    """The upstream gets no request with them."""
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
    """Its names are hashes, and a hash means nothing after a restart."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        (path,) = listed(await one.playlist(query=f"lang={'x' * 300}"))
        media = path.replace("index.m3u8", "s1.ts")
        assert await one.media(media) == (200, b"\0" + b"x" * 300)
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        with pytest.raises(NameUnknownError):
            await one.media(media)


async def test_equal_values_are_one_selection(speaking: Origin) -> None:
    """In any spelling; upstream requests use only one."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG) as one:
        for spelled in ("de", "%64e", "d%65", "%64%65"):
            (path,) = listed(await one.playlist(query=f"lang={spelled}"))
            assert path == "1080p-5000k.lang-de/index.m3u8"
        assert len(one.stream) == 1
    assert set(speaking.asked) == {"/v.m3u8?lang=de&token=TOKEN-1"}


async def test_what_a_player_sends_is_not_learnt_for_others(upstream: Origin) -> None:
    """This upstream copies its query, and the entry's first load has directives."""

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
    # Once it is known to be a multivariant playlist, it is loaded without directives.
    # The second load is the full playlist behind the delta.
    asked = [path for path in upstream.asked if path.startswith("/v.m3u8")]
    assert ["_HLS" in path for path in asked] == [True, False, False]

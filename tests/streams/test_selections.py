"""A stream with the selections of its players."""

import asyncio
import contextlib
import re

import pytest
from aiohttp import web

from proxy.errors import CrowdedError, NameUnknownError
from proxy.events.playlist_warning import PlaylistWarning
from proxy.replies import PlaylistReply
from proxy.streams.budget import FORGOTTEN_SECONDS, IDLE_SECONDS, Budget
from proxy.streams.selections import MOST_GIVEN, Selections
from proxy.upstream.session import Sessions
from tests.fake_clock import FakeClock
from tests.streams.built import ask, built
from tests.streams.origin import M3U8, Origin

LANG = frozenset({"lang"})
VARIANT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080\n{}\n"
MEDIA = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
    '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:4,\ns1.ts\n'
)


def listed(playlist: str) -> list[str]:
    """Return the lines with URIs."""
    return [line for line in playlist.splitlines() if not line.startswith("#")]


@pytest.fixture
def speaking(upstream: Origin) -> Origin:
    """Return an origin whose entry lists the requested language."""

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


async def test_a_played_selection_is_not_evicted(speaking: Origin) -> None:
    """Its session goes on: the entry is loaded once. The others were only opened."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG, selections=10) as one:
        assert await one.media("1080p-5000k.lang-de/s1.ts") == (200, b"\0de")
        for number in range(50):
            await one.playlist(query=f"lang={number}")
        assert len(one.stream) == 10
        await one.playlist("1080p-5000k.lang-de/index.m3u8")
    assert speaking.asked.count("/v.m3u8?lang=de&token=TOKEN-1") == 1


async def test_if_all_are_played_another_has_to_wait(speaking: Origin) -> None:
    """The player and the operator learn of the limit, the latter once."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG, selections=2) as one:
        for language in ("de", "x" * 300):
            (path,) = listed(await one.playlist(query=f"lang={language}"))
            await one.playlist(path)
        await one.clock.advance(IDLE_SECONDS - 10)
        for _ in range(2):
            with pytest.raises(CrowdedError, match="selections_per_stream") as caught:
                await one.playlist(query="lang=fr")
        assert caught.value.retry_after == 10
        assert one.warnings == [(PlaylistWarning.CROWDED, "index.m3u8")]
        await one.playlist(query="lang=de")
        await one.playlist()  # the stream without a selection does not count
        await one.clock.advance(10)
        await one.playlist(query="lang=fr")
        assert len(one.stream) == 2
        # A dropped selection is found by its names, also by a long one.
        assert await one.media(path.replace("index.m3u8", "s1.ts"))
        assert len(one.stream) == 2


async def test_a_selection_that_is_being_loaded_stays(speaking: Origin) -> None:
    """Many come at once: none has played yet, and each gets its answer."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG, selections=2) as one:
        loads = (one.playlist(query=f"lang={number}") for number in range(3))
        replies = await asyncio.gather(*loads, return_exceptions=True)
    assert [isinstance(reply, CrowdedError) for reply in replies] == [
        False,
        False,
        True,
    ]


async def test_selections_share_the_limit_of_names(speaking: Origin) -> None:
    """Each has an entry and a rendition here."""
    async with built(f"{speaking.url}/v.m3u8", passing=LANG, names=20) as one:
        for number in range(50):
            await one.playlist(query=f"lang={number}")
        assert len(one.stream) == 10


async def test_a_played_selection_keeps_its_names_at_the_limit(
    speaking: Origin,
) -> None:
    """Three together exceed the stream's limit, which is reported once."""
    window = "#EXT-X-TARGETDURATION:4\n"
    window += "".join(f"#EXTINF:4,\n{number}.ts\n" for number in range(8))
    names = ("de", "fr", "it")
    for name in names:
        speaking.says(f"/{name}/v.m3u8", f"#EXTM3U\n{window}#EXT-X-ENDLIST\n")
    async with built(f"{speaking.url}/v.m3u8", passing=LANG, names=20) as one:
        for _ in range(4):
            for name in names:
                await one.playlist(f"1080p-5000k.lang-{name}/index.m3u8")
            await one.clock.advance(4)
        assert one.warnings == [(PlaylistWarning.FULL, "1080p-5000k/index.m3u8")]
    assert sum(asked.startswith("/v.m3u8") for asked in speaking.asked) == len(names)


async def test_names_of_unused_presentations_are_forgotten(speaking: Origin) -> None:
    """Of selections and members of families; a configured stream keeps its own."""
    clock = FakeClock()
    budget = Budget(10**6, clock=clock, forgets=True)
    entry = f"{speaking.url}/v.m3u8"
    async with (
        built(entry, passing=LANG, clock=clock, budget=budget) as one,
        built(entry, passing=LANG, clock=clock, budget=budget, lasting=False) as member,
    ):
        for stream in (one, member):
            await stream.media("1080p-5000k/s1.ts")
            await stream.media("1080p-5000k.lang-de/s1.ts")
        names = budget.names
        await clock.advance(FORGOTTEN_SECONDS / 2)
        assert budget.names == names
        await member.media("1080p-5000k/s1.ts")
        await clock.advance(FORGOTTEN_SECONDS / 2 + 60)
        assert (len(one.stream), len(member.stream)) == (0, 0)
        assert budget.names == sum(map(len, [*one.stream.catalogs, member.catalog]))
        await clock.advance(FORGOTTEN_SECONDS)
        assert budget.names == len(one.catalog) > 1
        assert await member.media("1080p-5000k/s1.ts") == (200, b"\0en")
        member.stream.leave()
        assert budget.names == len(one.catalog)


async def test_another_configuration_takes_names_over(speaking: Origin) -> None:
    """They are counted once; if it fails, the old stream keeps them."""
    budget = Budget(10**6, clock=FakeClock())
    async with built(f"{speaking.url}/v.m3u8", passing=LANG, budget=budget) as one:
        await one.playlist()
        await one.media("1080p-5000k.lang-de/s1.ts")
        names = budget.names
        for _ in range(2):
            other = Selections(one.blueprint, one.stream)
            assert (len(other), budget.names) == (1, names)
            assert other.held[".lang-de"].share.played
            other.leave()
            assert budget.names == 0
            await one.playlist()
            await one.media("1080p-5000k.lang-de/s1.ts")
            assert budget.names == names
        other = Selections(one.blueprint, one.stream)
        for held in list(one.stream.held.values()):
            held.share.give_way()
        assert budget.names == names == sum(map(len, other.catalogs))
        other.leave()


async def test_the_cookies_of_played_selections_are_limited_too(
    upstream: Origin,
) -> None:
    """No setting raises that limit; current players go on."""

    def entry(request: web.Request) -> web.Response:
        reply = web.Response(text=MEDIA, content_type=M3U8)
        reply.set_cookie("viewer", request.query["lang"], path="/")
        return reply

    upstream.asks("/v.m3u8", entry)
    upstream.says("/s1.ts", b"\0media")
    entry_url, sessions = f"{upstream.url}/v.m3u8", Sessions()
    async with built(entry_url, sessions=sessions, passing=LANG) as one:
        for number in range(MOST_GIVEN):
            await one.media(f"main.lang-{number}/s1.ts")
        with pytest.raises(CrowdedError, match=f"fixed limit allows {MOST_GIVEN}"):
            await one.playlist(query="lang=more")
        assert len(one.stream) == MOST_GIVEN
        assert one.warnings == [(PlaylistWarning.CROWDED, "index.m3u8")]


async def test_streams_share_one_budget_of_names(speaking: Origin) -> None:
    """Opened presentations of all streams are dropped; played ones stay."""
    clock = FakeClock()
    budget = Budget(20, clock=clock)
    entry = f"{speaking.url}/v.m3u8"
    async with contextlib.AsyncExitStack() as stack:
        played, *opened = [
            await stack.enter_async_context(
                built(entry, clock=clock, budget=budget, lasting=False)
            )
            for _ in range(20)
        ]
        await played.media("1080p-5000k/s1.ts")
        for one in opened:
            await one.playlist()
            assert budget.names <= 20
        assert len(played.catalog) == 4
        assert await opened[0].media("1080p-5000k/s1.ts") == (200, b"\0en")


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

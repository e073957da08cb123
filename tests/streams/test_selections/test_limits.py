"""The number of selections and their names is limited."""

import asyncio
import contextlib

import pytest
from aiohttp import web

from proxy.errors import CrowdedError
from proxy.events.playlist_warning import PlaylistWarning
from proxy.streams.budget import FORGOTTEN_SECONDS, IDLE_SECONDS, Budget
from proxy.streams.selections import MOST_GIVEN, Selections
from proxy.upstream.session import Sessions
from tests.fake_clock import FakeClock
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin
from tests.streams.test_selections.selected import LANG, MEDIA, listed


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

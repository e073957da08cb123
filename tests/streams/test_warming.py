"""The playlists that a player will ask for are loaded with the entry."""

import pytest

from proxy.core.hls.choices import AUDIO, VARIANT, Choices
from proxy.core.hls.prefetch import PrefetchLimits
from proxy.streams.chores import Chores
from proxy.streams.snapshots import Asked
from proxy.streams.warming import IDLE_SECONDS, RECENT_SECONDS, Warming
from tests.fake_clock import FakeClock
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.storing import VOD, store, until

FIRST = Choices(
    {"low": VARIANT, "high": VARIANT, "en": AUDIO, "de": AUDIO}, ("low", "en")
)
ROOT = "http://127.0.0.1:8080/lobby"


class Loads:
    """Remembers what is loaded, with a clock."""

    def __init__(self, choices: Choices = FIRST, *, off: bool = False) -> None:
        self.paths: list[str] = []
        self.roots = set[str]()
        self.clock = FakeClock()
        self.choices = choices
        self.warming = Warming(
            None if off else self._load,
            lambda: self.choices,
            chores=Chores(),
            clock=self.clock,
        )

    async def _load(self, asked: Asked) -> None:
        self.paths.append(asked.path)
        self.roots.add(asked.root)

    async def opened(self) -> list[str]:
        """Return what is loaded before the entry is there, `|`, and what after it."""
        self.paths.clear()
        for loaded in (False, True):
            self.warming.opened(ROOT, loaded=loaded)
            await self.clock.settle()
            if not loaded:
                self.paths.append("|")
        return [path.removesuffix("/index.m3u8") for path in self.paths]

    def played(self, *renditions: str) -> None:
        """Play renditions in turn."""
        for each in renditions:
            self.warming.played(f"{each}/index.m3u8")


async def test_what_is_listed_first_is_loaded_after_the_first_entry() -> None:
    """Once, until somebody plays; monitoring asks for entries for ever."""
    loads = Loads()
    assert await loads.opened() == ["|", "low", "en"]
    assert loads.roots == {ROOT}
    await loads.clock.advance(1000)
    assert await loads.opened() == ["|"]


@pytest.mark.parametrize(
    ("idle", "expected"),
    [
        (IDLE_SECONDS - 1, ["|"]),
        (IDLE_SECONDS, ["de", "high", "|"]),
        (RECENT_SECONDS, ["de", "high", "|"]),
        (RECENT_SECONDS + 1, ["|", "de", "high"]),
    ],
)
async def test_what_was_played_last_is_loaded_again(
    idle: float, expected: list[str]
) -> None:
    """Together with the entry, or after it if its URL may be too old."""
    loads = Loads()
    loads.played("low", "en", "high", "de")
    await loads.clock.advance(idle)
    assert await loads.opened() == expected
    assert (await loads.opened() == ["|"]) or idle < IDLE_SECONDS
    loads.played("low")
    await loads.clock.advance(IDLE_SECONDS)
    assert await loads.opened() == ["low", "de", "|"]


async def test_nothing_is_loaded_if_nothing_is_fetched_ahead() -> None:
    """Each request may cost something."""
    loads = Loads(off=True)
    loads.played("low")
    await loads.clock.advance(1000)
    assert await loads.opened() == ["|"]


async def test_an_entry_that_lists_no_playlists_leads_to_none() -> None:
    """It may list some later."""
    loads = Loads(Choices())
    assert await loads.opened() == ["|"]
    loads.choices = FIRST
    assert await loads.opened() == ["|", "low", "en"]


MASTER = (
    "#EXTM3U\n"
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",LANGUAGE="en",URI="en.m3u8"\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=1000000,AUDIO="a"\nlow.m3u8\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=2000000,AUDIO="a"\nhigh.m3u8\n'
)


@pytest.mark.parametrize("ahead", [PrefetchLimits(2, 1000), PrefetchLimits()])
async def test_a_player_joins_the_load_of_its_playlist(
    upstream: Origin, ahead: PrefetchLimits
) -> None:
    """All are loaded once, whoever is first; the others not at all."""
    upstream.says("/m.m3u8", MASTER)
    for name in ("low", "high", "en"):
        upstream.says(f"/{name}.m3u8", VOD)
    kept = store()
    async with built(
        f"{upstream.url}/m.m3u8", store=kept, ahead=ahead, snapshot_bytes=1 << 20
    ) as one:
        await one.playlist()
        if ahead.segments:
            await until(lambda: len(upstream.asked) == 3)
        assert "URI" not in await one.playlist("1000k/index.m3u8")
        await one.playlist("audio-en/index.m3u8")
        await until(lambda: not len(one.chores))
    names = sorted(asked.partition("?")[0] for asked in upstream.asked)
    assert names == ["/en.m3u8", "/low.m3u8", "/m.m3u8"]


async def test_nothing_is_loaded_ahead_for_a_player_that_asks_for_nothing_else(
    upstream: Origin,
) -> None:
    """Without fetching ahead, the entry alone is loaded."""
    upstream.says("/m.m3u8", MASTER)
    async with built(f"{upstream.url}/m.m3u8", store=store()) as one:
        await one.playlist()
        assert not len(one.chores)
    assert len(upstream.asked) == 1

"""What is fetched for a player: what follows its segment, within limits."""

import pytest

from proxy.core.hls.names import Marks
from proxy.core.hls.prefetch import PrefetchLimits
from proxy.sharing.keys import Keys
from tests.streams.built import Built
from tests.streams.origin import Origin
from tests.streams.storing import HEAD, MIB, counts
from tests.streams.test_prefetcher.playing import (
    BODY,
    ENDED,
    fetched,
    playing,
    plays,
    quiet,
    segments,
)


def drop(one: Built, path: str) -> None:
    """Drop a segment from the store."""
    blueprint, resource = one.blueprint, one.catalog.find(path)
    steady = Marks().steady
    keys = Keys(blueprint.local, "", one.uses, steady=steady, clock=one.clock)
    assert resource is not None
    assert blueprint.fills is not None
    named = keys.of(path, resource)
    assert named is not None
    assert blueprint.fills.store.find(named.key) is not None
    blueprint.fills.store.remove(named.key)


async def test_nothing_is_fetched_after_a_gap(upstream: Origin) -> None:
    """There is none upstream, and what comes after it is far away."""
    listed = HEAD + segments(0, 1) + "#EXT-X-GAP\n" + segments(2, 3) + ENDED
    async with playing(upstream, listed) as one:
        await plays(one, 0, 1)
        assert fetched(upstream) == [0, 1]
        await plays(one, 3)  # the player passes over it
        assert fetched(upstream) == [0, 1, 3]


async def test_at_the_end_of_a_program_nothing_follows(upstream: Origin) -> None:
    """It does not begin again at its beginning."""
    async with playing(upstream, HEAD + segments(7, 8, 9) + ENDED) as one:
        await plays(one, 7, 8, 9)
        assert fetched(upstream) == [7, 8, 9]


@pytest.mark.parametrize(
    ("limits", "ahead"),
    [
        (PrefetchLimits(0, MIB), 0),
        (PrefetchLimits(3, MIB), 3),
        (PrefetchLimits(3, 2 * len(BODY)), 2),
        (PrefetchLimits(3, len(BODY) - 1), 0),
    ],
)
async def test_as_much_is_fetched_as_the_settings_allow(
    upstream: Origin, limits: PrefetchLimits, ahead: int
) -> None:
    """By count, and by bytes as far as they are known."""
    async with playing(upstream, ahead=limits) as one:
        await plays(one, 0, 1, 2)
        assert max(fetched(upstream)) == 2 + ahead


@pytest.mark.parametrize("said", ["no-store", "private", "max-age=1"])
async def test_what_may_not_be_kept_is_not_fetched_twice(
    upstream: Origin, said: str
) -> None:
    """Neither is what would be too old when the player asks for it."""
    async with playing(upstream, caching=said) as one:
        await plays(one, 0, 1, 2)
        assert fetched(upstream) == [0, 1, 2]


async def test_parts_of_one_file_are_not_fetched_ahead(upstream: Origin) -> None:
    """The file may be hours long."""
    parts = "".join(
        f"#EXTINF:4,\n#EXT-X-BYTERANGE:100@{start}\ns0.ts\n" for start in (0, 100, 200)
    )
    async with playing(upstream, HEAD + parts + ENDED) as one:
        await one.media("main/s0.ts", Range="bytes=0-99")
        await one.media("main/s0.ts", Range="bytes=100-199")
        await one.media("main/s0.ts")
        await quiet(one)
        assert counts(one).fetched_ahead == 0

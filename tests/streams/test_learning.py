"""Names from playlists are learnt in small steps, and always to the end."""

import asyncio

from proxy.core.kind import Kind
from proxy.localise.catalog import Catalog
from proxy.localise.listing import Listing, Sheet
from proxy.streams.learning import Learner

PARENT = "main/index.m3u8"
MANY = 20_000


def listing(sign: str) -> Listing:
    """Return many segments with their own names."""
    urls = {f"main/s{n}-{sign}.ts": f"https://o/{n}?{sign}" for n in range(MANY)}
    return Listing.of([Sheet(Kind.SEGMENT, PARENT, depth=1, urls=urls)])


async def test_others_run_while_a_long_playlist_is_learnt() -> None:
    """They find each name at any moment: the old ones stay."""
    catalog = Catalog("https://o/v.m3u8", limit=10**6)
    learner, turns = Learner(catalog), 0
    await learner.learn(PARENT, listing("a"), now=0.0, keep=None)
    learning = asyncio.create_task(
        learner.learn(PARENT, listing("b"), now=1.0, keep=None)
    )
    while not learning.done():
        await asyncio.sleep(0)
        turns += 1
        assert catalog.get("main/s7-a.ts")
    assert turns >= MANY / 1000
    assert catalog.get("main/s7-b.ts")


async def test_cancelling_leaves_the_catalog_complete() -> None:
    """At the limit it holds exactly as many names as allowed."""
    catalog = Catalog("https://o/v.m3u8", limit=MANY + 100)
    learner = Learner(catalog)
    await learner.learn(PARENT, listing("a"), now=0.0, keep=None)
    learning = asyncio.create_task(
        learner.learn(PARENT, listing("b"), now=1.0, keep=None)
    )
    await asyncio.sleep(0)
    learning.cancel()
    await asyncio.wait({learning})
    assert len(catalog) == MANY + 100
    assert catalog.get("main/s7-b.ts")


async def test_two_playlists_are_learnt_one_after_the_other() -> None:
    """The names of both are known in the end."""
    catalog = Catalog("https://o/v.m3u8", limit=10**6)
    learner = Learner(catalog)
    for sign in "ab":
        await asyncio.gather(
            learner.learn(PARENT, listing(sign), now=0.0, keep=1.0),
            learner.learn("index.m3u8", Listing(), now=0.0, keep=1.0),
        )
    assert len(catalog) == 2 * MANY + 1


async def test_names_are_not_dropped_during_learning() -> None:
    """The catalog is complete afterwards."""
    catalog = Catalog("https://o/v.m3u8", limit=10**6)
    learner = Learner(catalog)
    await learner.learn(PARENT, listing("a"), now=0.0, keep=None)
    learning = asyncio.create_task(
        learner.learn(PARENT, listing("b"), now=1.0, keep=None)
    )
    await asyncio.sleep(0)
    learner.forget()
    await learning
    assert len(catalog) == 2 * MANY + 1
    learner.forget()
    assert len(catalog) == 1

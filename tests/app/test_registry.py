"""The current streams, and how another configuration replaces them."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.app.registry import Changes, Registry, diff
from proxy.app.sinks import Sinks
from proxy.app.surroundings import Surroundings
from proxy.demo.keys import generate
from proxy.errors import BuildError, NameUnknownError, UnreachableError
from proxy.metrics import Metrics
from proxy.observe.event_counts import EventCounts
from proxy.observe.event_log import EventLog
from proxy.replies import MediaReply, PlaylistReply
from proxy.settings import Settings
from proxy.streams.selections import Selections
from tests.app.around import surroundings
from tests.fake_clock import FakeClock
from tests.metrics.samples import samples
from tests.streams.built import ask
from tests.streams.origin import Origin

Loaded = Callable[..., Settings]
Apply = Callable[[str], "AsyncIterator[Changes]"]
names = st.sampled_from("abcdef")
plans = st.dictionaries(names, st.integers(0, 2))


@given(plans, plans)
def test_a_diff_leads_from_one_set_to_the_other(
    old: dict[str, int], new: dict[str, int]
) -> None:
    """It contains every name once, and changes nothing without need."""
    changes = diff(old, new)
    every = changes.add + changes.replace + changes.remove + changes.keep
    assert sorted(every) == sorted(old.keys() | new.keys())
    result = {name: old[name] for name in changes.keep}
    result |= {name: new[name] for name in changes.add + changes.replace}
    assert result == new
    assert all(old[name] != new[name] for name in changes.replace)
    assert not set(changes.add) & old.keys()
    assert not set(changes.remove) & new.keys()
    assert bool(changes) is (old != new)


MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{}.ts\n"


def stream(name: str, url: str, more: str = "", value: str = "T") -> str:
    """Return the configuration of a stream."""
    return (
        f'[streams.{name}]\nurl = "{url}/{name}.m3u8"\n{more}\n'
        f'placement = [{{ query = "t" }}]\n'
        f'token = {{ source = "static", value = "{value}" }}\n'
    )


class House:
    """A registry, and the configurations that are applied to it."""

    def __init__(self, loaded: Loaded, clock: FakeClock) -> None:
        self.loaded = loaded
        self.clock = clock
        self.metrics = Metrics("0")
        self.registry = Registry(
            sinks=Sinks(EventCounts(self.metrics), EventLog()), clock=clock
        )
        self.around: Surroundings | None = None

    async def apply(
        self, text: str, meanwhile: Callable[[], object] = lambda: None
    ) -> Changes:
        """Apply a configuration; `meanwhile` runs after it is read."""
        settings = self.loaded(text)
        meanwhile()
        self.around = surroundings(settings, clock=self.clock)
        changes = await self.registry.apply(self.around)
        await self.clock.settle()
        return changes

    def find(self, name: str) -> Selections:
        """Return the stream of that name."""
        found = self.registry.streams().find(name)
        assert found is not None
        return found


@pytest.fixture
async def house(loaded: Loaded, clock: FakeClock) -> AsyncIterator[House]:
    """Return a registry without streams."""
    one = House(loaded, clock)
    yield one
    await one.registry.close()


async def test_unchanged_streams_stay(house: House, upstream: Origin) -> None:
    """While others are added, replaced and removed."""
    url = upstream.url
    first = stream("a", url) + stream("b", url) + stream("c", url)
    assert await house.apply(first) == Changes(add=("a", "b", "c"))
    kept, replaced = house.find("a"), house.find("b")
    second = stream("d", url) + stream("b", url, value="U") + stream("a", url)
    changes = await house.apply(second)
    assert changes == Changes(("d",), ("b",), ("c",), ("a",))
    assert house.find("a") is kept
    assert house.find("b") is not replaced
    assert house.registry.streams().find("c") is None
    assert [each.name for each in house.registry.statuses()] == ["d", "b", "a"]


async def test_a_removed_stream_has_no_gauge(house: House, upstream: Origin) -> None:
    """Its counters stay: counters never go back."""
    await house.apply(stream("a", upstream.url) + stream("b", upstream.url))
    for name in "ab":
        house.metrics.refreshes.skewed(name, 40.0)
        house.metrics.refreshes.count(name, "refreshed")
    await house.apply(stream("b", upstream.url))
    shown = samples(house.metrics)
    assert "clock_skew_seconds{stream=a}" not in shown
    assert shown["clock_skew_seconds{stream=b}"] == 40
    assert "token_refreshes_total{outcome=refreshed,stream=a}" in shown


async def test_limits_of_the_program_replace_no_stream(
    house: House, upstream: Origin
) -> None:
    """Limits of families replace only families; limits of playlists replace all."""
    single, family = stream("a", upstream.url), stream("b", upstream.url + "/{id}")
    await house.apply(single + family)
    for limit, replaced in (
        ("connections = 9", ()),
        ("snapshot_bytes = 9000", ()),
        ("family_members = 9", ("b",)),
        ("playlist_lines = 9", ("a", "b")),
    ):
        changes = await house.apply(f"[limits]\n{limit}\n{single}{family}")
        assert changes.replace == replaced
        await house.apply(single + family)


async def test_running_requests_end_on_the_old_stream(
    house: House, upstream: Origin
) -> None:
    """Then the old stream closes."""
    upstream.says("/a.m3u8", MEDIA.format("s1"))
    upstream.says("/s1.ts", bytes(1 << 20))
    await house.apply(stream("a", upstream.url))
    old = house.find("a")
    old.usage.begin()
    await old.open("index.m3u8", ask())
    reply = await old.open("main/s1.ts", ask())
    assert isinstance(reply, MediaReply)
    await house.apply(stream("a", upstream.url, value="U"))
    async with reply.answer as body:
        assert sum([len(chunk) async for chunk in body.chunks()]) == 1 << 20
    old.usage.end()
    await house.clock.settle()
    with pytest.raises(UnreachableError):
        await old.open("main/s1.ts", ask())


@pytest.mark.parametrize("family", [False, True])
async def test_names_stay_valid_if_they_mean_the_same(
    house: House,
    upstream: Origin,
    family: bool,  # noqa: FBT001 - both
) -> None:
    """A segment that has left its playlist is still served, with a new token."""
    path = "/x/a.m3u8" if family else "/a.m3u8"
    upstream.says(path, MEDIA.format("s1"))
    upstream.says(path.replace("a.m3u8", "s1.ts"), b"\0media")
    url = upstream.url + ("/{id}" if family else "")

    async def found() -> Selections:
        streams = house.registry.streams()
        return await streams.member("a", "x") if family else house.find("a")

    await house.apply(stream("a", url))
    await (await found()).open("index.m3u8", ask())
    upstream.says(path, MEDIA.format("s2"))
    await house.apply(stream("a", url, value="U", more="refused = [401]"))
    reply = await (await found()).open("main/s1.ts", ask())
    assert isinstance(reply, MediaReply)
    async with reply.answer as body:
        assert b"".join([chunk async for chunk in body.chunks()]) == b"\0media"
    entry = await (await found()).open("index.m3u8", ask())
    assert isinstance(entry, PlaylistReply)
    assert b"s2.ts" in entry.body
    assert upstream.asked[-1].endswith("?t=U")


async def test_names_of_another_upstream_are_unknown(
    house: House, upstream: Origin
) -> None:
    """What they meant at the old upstream no longer matters."""
    for path in ("/one/a.m3u8", "/two/a.m3u8"):
        upstream.says(path, MEDIA.format(path[1:4]))
    upstream.says("/one/one.ts", b"\0media")
    await house.apply(stream("a", f"{upstream.url}/one"))
    await house.find("a").open("index.m3u8", ask())
    await house.apply(stream("a", f"{upstream.url}/two"))
    with pytest.raises(NameUnknownError):
        await house.find("a").open("main/one.ts", ask())


async def test_members_that_played_are_known_to_the_new_family(
    house: House, upstream: Origin
) -> None:
    """All players come back at once, and none counts as new."""
    for number in range(5):
        upstream.says(f"/{number}/a.m3u8", MEDIA.format("s1"))
    url, limits = f"{upstream.url}/{{id}}", "[limits]\nnew_members_per_minute = {}\n"
    await house.apply(limits.format(100) + stream("a", url))
    streams = house.registry.streams()
    for number in range(5):
        await (await streams.member("a", str(number))).open("index.m3u8", ask())
    await house.apply(limits.format(2) + stream("a", url))
    streams = house.registry.streams()
    for number in range(5):
        await streams.member("a", str(number))


BAD = (
    '[streams.{0}]\nurl = "https://h/v.m3u8"\nplacement = [{{ query = "t" }}]\n'
    '[streams.{0}.token]\nsource = "sign-jwt"\nkey_file = "{0}.pem"\n'
    "claims = {{ sub = 'x' }}\n"
)


async def test_a_stream_that_cannot_be_built_changes_nothing(
    house: House, upstream: Origin, tmp_path: Path
) -> None:
    """All errors are reported, and streams that were already built are closed again."""
    keys = [tmp_path / f"{name}.pem" for name in ("x", "y")]
    for path in keys:
        path.write_text(generate().private_pem)
        path.chmod(0o600)

    def gone() -> None:
        for path in keys:
            path.unlink()

    before = stream("a", upstream.url)
    await house.apply(before)
    kept = house.find("a")
    after = stream("a", upstream.url, value="U") + BAD.format("x") + BAD.format("y")
    with pytest.raises(BuildError) as caught:
        await house.apply(after + stream("z", upstream.url), gone)
    told = [str(problem) for problem in caught.value.problems]
    assert ["x.pem" in told[0], "y.pem" in told[1], len(told)] == [True, True, 2]
    assert house.find("a") is kept
    assert house.registry.streams().find("z") is None
    assert await house.apply(before) == Changes(keep=("a",))

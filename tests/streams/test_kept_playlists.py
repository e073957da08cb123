"""Tests of which playlists of a presentation are kept, and for how long."""

import pytest

from proxy.core.hls.continuity import Moment
from proxy.core.hls.playlist import Rewritten
from proxy.core.http.headers import Fields
from proxy.localise.playlist_load import PlaylistLoad
from proxy.streams.kept_playlists import KeptPlaylists
from proxy.streams.loaded import Loaded
from proxy.streams.playlist_store import LOOK_SECONDS, PlaylistStore
from tests.fake_clock import FakeClock
from tests.streams.documents import LADDER, VOD, Disk

ROOT = "http://127.0.0.1:8080/lobby"
DAY = 86_400.0
WEEK = 7 * DAY
LIVE = VOD.replace(b"#EXT-X-ENDLIST\n", b"")
ENTRY, MEDIA = "index.m3u8", "1k/index.m3u8"


def loaded(
    clock: FakeClock, body: bytes, headers: Fields = (), *, partial: bool = False
) -> Loaded:
    """Return a playlist that was just loaded."""
    facts = Rewritten(
        body,
        multivariant=b"STREAM-INF" in body,
        ended=b"ENDLIST" in body,
        partial=partial,
        target_duration=4.0,
        segments=2,
    )
    seen = PlaylistLoad(
        facts, Moment(clock.mono(), clock.wall()), headers=(), source="here"
    )
    return Loaded(body, headers, facts=facts, asked_at=clock.mono(), seen=seen)


class Here:
    """A presentation and its disk."""

    def __init__(self, *, trusted: bool = False) -> None:
        self.disk, self.clock, self.trusted = Disk(), FakeClock(), trusted
        self.begin()

    def begin(self, place: str = "lobby") -> None:
        """Start the program anew."""
        clock = self.clock
        self.store = PlaylistStore(self.disk, offline_seconds=WEEK, clock=clock)
        self.kept = KeptPlaylists(
            self.store, place=place, trusted=self.trusted, clock=clock
        )

    async def restart(self, place: str = "lobby") -> None:
        """Stop the program and start it."""
        await self.store.close()
        self.begin(place)

    def load(
        self,
        path: str,
        body: bytes,
        headers: Fields = (),
        *,
        root: str = ROOT,
        partial: bool = False,
    ) -> None:
        """Load a playlist from the upstream."""
        one = loaded(self.clock, body, headers, partial=partial)
        self.kept.loaded(path, one, root=root)


async def test_a_recording_is_kept_over_a_restart() -> None:
    """Its entry is kept as soon as one of its renditions has ended."""
    here = Here()
    here.load(ENTRY, LADDER)
    assert await here.kept.find(ENTRY) is None
    here.load(MEDIA, VOD)
    await here.restart()
    for path, body in ((ENTRY, LADDER), (MEDIA, VOD)):
        found = await here.kept.find(path)
        assert found is not None
        assert found.facts.body == body
        assert here.kept.fresh_seconds(found) == LOOK_SECONDS
        assert here.kept.usable_seconds(found) == WEEK


async def test_an_entry_that_is_loaded_later_is_kept_at_once() -> None:
    """A player may begin with a rendition."""
    here = Here()
    here.load(MEDIA, VOD)
    here.load(ENTRY, LADDER)
    assert await here.kept.find(ENTRY) is not None


@pytest.mark.parametrize("order", [(VOD, LIVE), (LIVE, VOD)])
async def test_nothing_of_a_live_stream_is_kept(order: tuple[bytes, bytes]) -> None:
    """One live rendition shows that more will follow."""
    here = Here()
    here.load(ENTRY, LADDER)
    for number, body in enumerate(order):
        here.load(f"{number}k/index.m3u8", body)
    if order[1] is LIVE:
        await here.restart()
        assert await here.kept.find(ENTRY) is None
        assert await here.kept.find("0k/index.m3u8") is None
        assert not here.disk.files


async def test_a_live_stream_that_ends_is_kept() -> None:
    """From then on it is a recording."""
    here = Here()
    here.load(ENTRY, LADDER)
    here.load(MEDIA, LIVE)
    assert await here.kept.find(MEDIA) is None
    here.load(MEDIA, VOD)
    assert await here.kept.find(MEDIA) is not None
    assert await here.kept.find(ENTRY) is not None


async def test_a_delta_is_not_kept() -> None:
    """It needs the version before it."""
    here = Here()
    here.load(MEDIA, VOD, partial=True)
    assert await here.kept.find(MEDIA) is None


@pytest.mark.parametrize("control", ["no-store", "private"])
async def test_a_playlist_that_may_not_be_kept_is_not(control: str) -> None:
    """Unless the operator says that only the playlist decides."""
    headers = (("Cache-Control", control),)
    here, trusting = Here(), Here(trusted=True)
    for one in (here, trusting):
        one.load(MEDIA, VOD)
        await one.store.close()
        one.load(MEDIA, VOD, headers)
        await one.restart()
    assert await here.kept.find(MEDIA) is None
    assert await trusting.kept.find(MEDIA) is not None


async def test_absolute_references_are_for_one_player() -> None:
    """The next one may use another name for the proxy."""
    here = Here()
    here.load(MEDIA, VOD.replace(b"s1.ts", f"{ROOT}/1k/s1.ts".encode()))
    assert await here.kept.find(MEDIA) is None
    # A load without a player has them without the root.
    here.load(MEDIA, VOD, root="")
    assert await here.kept.find(MEDIA) is None


async def test_a_load_without_a_player_confirms_kept_playlists() -> None:
    """The upstream has allowed them to be played."""
    here = Here()
    here.load(MEDIA, VOD)
    await here.clock.advance(6 * DAY)
    here.load(MEDIA, VOD, root="")
    await here.clock.advance(6 * DAY)
    assert not here.kept.is_over(MEDIA)
    assert await here.kept.find(MEDIA) is not None


async def test_after_offline_for_the_platform_is_asked_again() -> None:
    """By the wall clock, also across a restart."""
    here = Here()
    here.load(ENTRY, LADDER)
    here.load(MEDIA, VOD)
    await here.clock.advance(WEEK - 1)
    await here.restart()
    assert await here.kept.find(MEDIA) is not None
    assert not here.kept.is_over(MEDIA)
    await here.clock.advance(1)
    assert here.kept.is_over(MEDIA)
    assert await here.kept.find(MEDIA) is None
    await here.restart()
    assert await here.kept.find(ENTRY) is None


async def test_caching_fields_are_respected_while_the_upstream_answers() -> None:
    """While it is away, the playlist is still used."""
    here = Here()
    here.load(MEDIA, VOD, (("Cache-Control", "max-age=60"), ("Age", "10")))
    await here.clock.advance(40)
    await here.restart()
    found = await here.kept.find(MEDIA)
    assert found is not None
    assert here.kept.fresh_seconds(found) == pytest.approx(10)
    assert here.kept.usable_seconds(found) == pytest.approx(WEEK - 50)
    assert here.kept.age(found) == pytest.approx(50)
    assert dict(found.headers) == {"Cache-Control": "max-age=60"}


async def test_a_refusal_counts_until_the_next_successful_load() -> None:
    """At once, not only after everything was dropped."""
    here = Here()
    here.load(MEDIA, VOD)
    assert here.kept.revoke()
    assert not here.kept.revoke()
    assert here.kept.is_over(MEDIA)
    assert await here.kept.find(MEDIA) is None
    here.load(MEDIA, VOD)
    assert await here.kept.find(MEDIA) is not None


async def test_another_recording_with_the_same_name_finds_nothing() -> None:
    """The operator has configured another id."""
    here = Here()
    here.load(MEDIA, VOD)
    await here.restart("another")
    assert await here.kept.find(MEDIA) is None


async def test_a_confirmation_by_another_process_counts() -> None:
    """`prefetch` asked the platform last night; the line has been dead since."""
    here, other = Here(), Here()
    other.disk, other.clock = here.disk, here.clock
    other.begin()
    here.load(MEDIA, VOD)
    await here.store.close()
    await here.clock.advance(WEEK - 10)
    other.load(MEDIA, VOD)
    await other.store.close()
    await here.clock.advance(20)
    assert here.kept.is_over(MEDIA)
    assert await here.kept.find(MEDIA) is not None
    assert not here.kept.is_over(MEDIA)

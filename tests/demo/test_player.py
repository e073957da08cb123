"""A small player, and what it notices."""

import asyncio
import re
from collections.abc import Callable, Mapping

import pytest

from proxy.demo.player import Fetch, Fetched, StreamReport, play
from proxy.errors import TruncatedError
from tests.demo.visitor import Visitor
from tests.fake_clock import FakeClock

MINUTE = 60.0
SHOWN = "360p: the playlist shows a token"

Spoil = Callable[[str, Fetched], Fetched]


async def played(
    stream: str, url: str, fetch: Fetch, clock: FakeClock, seconds: float = MINUTE
) -> StreamReport:
    """Play a stream while the clock is advanced."""
    playing = play(stream, url, seconds, fetch=fetch, clock=clock)
    task = asyncio.create_task(playing, name="player under test")
    while not task.done():
        await clock.advance(0.25)
    return task.result()


def spoiled(visitor: Visitor, spoil: Spoil) -> Fetch:
    """Return a fetch function that changes every answer."""

    async def fetch(url: str) -> Fetched:
        return spoil(url, await visitor.fetch(url))

    return fetch


@pytest.mark.parametrize("kind", ["live", "vod"])
@pytest.mark.parametrize("house", ["cloudflare", "bearer"])
async def test_a_good_stream_plays_without_failures(
    visitor: Visitor, clock: FakeClock, house: str, kind: str
) -> None:
    """A minute of everything, over three ends of the loop."""
    stream = f"{house}-{kind}"

    report = await played(stream, visitor.entry_url(stream), visitor.fetch, clock)

    assert report.failures == {}
    # a segment each 1.92 s of each of four renditions, and what was fetched ahead
    assert 4 * 31 <= report.segments <= 4 * 36
    assert report.requests > report.segments + report.playlists


async def test_a_recording_ends(visitor: Visitor, clock: FakeClock) -> None:
    """It is played to its end in real time."""
    before = clock.mono()
    entry = visitor.entry_url("bearer-vod")

    report = await played("bearer-vod", entry, visitor.fetch, clock, seconds=9999)

    assert (report.segments, report.failures) == (4 * 313, {})
    assert 590 < clock.mono() - before < 610


async def test_a_low_latency_stream_is_played_as_a_regular_one(
    visitor: Visitor, clock: FakeClock
) -> None:
    """Three renditions for half a minute; parts at the end are skipped."""
    entry = visitor.entry_url("ll-bearer")

    report = await played("ll-bearer", entry, visitor.fetch, clock, seconds=30)

    assert report.failures == {}
    assert report.segments >= 3 * 15


async def test_a_stream_without_a_proxy_is_noticed(
    visitor: Visitor, clock: FakeClock
) -> None:
    """FastPix without a proxy: hosts, signatures, and changing names."""
    entry = visitor.entry_url("fastpix-live")

    report = await played("fastpix-live", entry, visitor.fetch, clock, seconds=5)

    noticed = " ".join(report.failures)
    assert "entry: the playlist shows an address" in noticed
    assert "entry: the playlist shows a signature" in noticed
    assert "a segment changed its name" in noticed


def status(code: int) -> Callable[[bytes], Fetched]:
    """Answer with a status and nothing else."""
    return lambda _: Fetched(code, b"")


def page(_: bytes) -> Fetched:
    """Answer with a page instead."""
    return Fetched(200, b"<html>")


def cut(body: bytes) -> Fetched:
    """Leave out the last byte."""
    return Fetched(200, body[:-1])


def other_key(_: bytes) -> Fetched:
    """Answer with another key."""
    return Fetched(200, bytes(16))


def swap(old: bytes, new: bytes) -> Callable[[bytes], Fetched]:
    """Replace a text in the answer."""
    return lambda body: Fetched(200, body.replace(old, new))


def of(pattern: str, spoil: Callable[[bytes], Fetched]) -> Spoil:
    """Change only the answers for these URLs."""

    def maybe(url: str, fetched: Fetched) -> Fetched:
        return spoil(fetched.body) if re.search(pattern, url) else fetched

    return maybe


@pytest.mark.parametrize(
    ("spoil", "failures"),
    [
        (of(r"index", status(503)), {"entry: status 503", "entry: nothing to play"}),
        (of(r"live/index", page), {"entry: nothing to play"}),
        (of(r"360p/index", status(503)), {"360p: status 503"}),
        (of(r"360p/310\.ts", status(404)), {"360p: status 404"}),
        (of(r"360p/310\.ts", cut), {"360p: a broken segment"}),
        (of(r"key", other_key), {"180p: a broken segment"}),
        (of(r"key", status(401)), {"180p: status 401", "180p: a broken segment"}),
        (of(r"audio/index", swap(b"310.ts", b"309.ts")), {"audio: media time jumped"}),
        (of(r"360p/index", swap(b".ts", b".ts?token=x")), {SHOWN}),
    ],
)
async def test_each_kind_of_damage_is_noticed(
    visitor: Visitor, clock: FakeClock, spoil: Spoil, failures: set[str]
) -> None:
    """By its name, and nothing else is reported."""
    entry = visitor.entry_url("bearer-live")

    report = await played(
        "bearer-live", entry, spoiled(visitor, spoil), clock, seconds=8
    )

    assert failures == report.failures.keys()


async def test_a_playlist_that_does_not_move_is_noticed(
    visitor: Visitor, clock: FakeClock
) -> None:
    """Three segments were fetched; after them nothing is left to play."""
    kept: dict[str, Fetched] = {}

    def keep(url: str, fetched: Fetched) -> Fetched:
        return kept.setdefault(url, fetched) if "360p/index" in url else fetched

    report = await played(
        "bearer-live",
        visitor.entry_url("bearer-live"),
        spoiled(visitor, keep),
        clock,
        seconds=10,
    )

    assert {"360p: the picture stood still"} == report.failures.keys()


async def test_a_playlist_that_goes_back_or_jumps_is_noticed(
    visitor: Visitor, clock: FakeClock
) -> None:
    """Media sequence numbers must be consecutive."""
    numbers = {"360p": iter([306, 300, 320]), "audio": iter([306, 306, 320])}

    def renumber(url: str, fetched: Fetched) -> Fetched:
        found = re.search(r"(\w+)/index", url)
        number = next(numbers.get(found[1] if found else "", iter(())), None)
        if number is None:
            return fetched
        text = re.sub(rb"(SEQUENCE):3\d\d", rb"\1:%d" % number, fetched.body, count=1)
        return Fetched(200, text)

    report = await played(
        "bearer-live",
        visitor.entry_url("bearer-live"),
        spoiled(visitor, renumber),
        clock,
        seconds=6,
    )

    assert report.failures["360p: the playlist went back"]
    assert report.failures["audio: segments were missed"]


async def test_a_slow_answer_is_noticed(visitor: Visitor, clock: FakeClock) -> None:
    """A player buffers three segments; a longer delay is visible."""
    entry = visitor.entry_url("bearer-vod")

    def slow(seconds: float) -> Fetch:
        async def fetch(url: str) -> Fetched:
            if url.endswith("360p/5.ts"):
                await clock.sleep(seconds)
            return await visitor.fetch(url)

        return fetch

    patient = await played("bearer-vod", entry, slow(5.0), clock, seconds=20)
    stopped = await played("bearer-vod", entry, slow(6.0), clock, seconds=20)

    assert patient.failures == {}
    assert stopped.failures == {"360p: the picture stood still": 1}


async def test_a_truncated_answer_is_noticed(
    visitor: Visitor, clock: FakeClock
) -> None:
    """The reason is reported; the player continues with the next segment."""

    async def fetch(url: str) -> Fetched:
        if url.endswith("/3.vtt"):
            raise TruncatedError("cut short")
        return await visitor.fetch(url)

    report = await played(
        "bearer-vod", visitor.entry_url("bearer-vod"), fetch, clock, seconds=20
    )

    failures: Mapping[str, int] = report.failures
    assert failures == {"subtitles: cut short": 1}

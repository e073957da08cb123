"""The low-latency stream, without sockets."""

import re

import pytest

from proxy.demo.low_latency import LowLatency
from proxy.demo.part_timeline import PartTimeline, Spot
from proxy.demo.programme import MediaPiece, NotYet, Offered, Unable
from tests.demo.test_part_playlist import Plain

BEGAN = 1_000_000.0
# Two parts of segment 312 are complete.
NOW = BEGAN + 600


@pytest.fixture(scope="module")
def live() -> LowLatency:
    """Return a stream that has been running for ten minutes."""
    return LowLatency(PartTimeline(BEGAN))


def ask(
    live: LowLatency, query: str, *, now: float = NOW, since: float | None = None
) -> Offered:
    """Request a playlist."""
    return live.playlist(
        Plain(), now=now, query=query, since=now if since is None else since
    )


@pytest.mark.parametrize(
    ("query", "kept"), [("", 1), ("_HLS_msn=312&_HLS_part=1", 12), ("_HLS_msn=5", 12)]
)
def test_existing_content_is_answered_at_once(
    live: LowLatency, query: str, kept: int
) -> None:
    """With its cache lifetime (RFC 8216bis, appendix B.1)."""
    found = ask(live, query)

    assert isinstance(found, MediaPiece)
    assert b"312.1.mp4" in found.body
    assert found.kept_seconds == kept


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("_HLS_msn=312&_HLS_part=2", Spot(312, 2)),
        ("_HLS_msn=312&_HLS_part=4", Spot(313, 0)),
        ("_HLS_msn=312", Spot(312, 3)),
    ],
)
def test_future_content_is_waited_for(live: LowLatency, query: str, part: Spot) -> None:
    """Exactly until the playlist lists it."""
    found = ask(live, query)
    assert isinstance(found, NotYet)

    then = ask(live, query, now=found.at, since=NOW)

    assert isinstance(then, MediaPiece)
    assert f'EXT-X-PART:DURATION=0.48000,URI="{part.segment}.{part.part}' in str(
        then.body
    )


@pytest.mark.parametrize("query", ["_HLS_part=1", "_HLS_msn=900", "_HLS_msn=x"])
def test_nonsense_is_a_bad_request(live: LowLatency, query: str) -> None:
    """At once."""
    found = ask(live, query)

    assert isinstance(found, Unable)
    assert (found.status, found.kept_seconds) == (400, 8)


def test_after_three_target_durations_the_wait_ends() -> None:
    """503 if the encoder has stopped."""
    stopped = LowLatency(PartTimeline(BEGAN, stops_at=NOW))
    query = "_HLS_msn=312&_HLS_part=2"

    assert ask(stopped, query) == NotYet(NOW + 6)
    found = ask(stopped, query, now=NOW + 6, since=NOW)

    assert isinstance(found, Unable)
    assert (found.status, found.retry_seconds) == (503, 1)
    assert _status(stopped.piece("360p", "312.2", now=NOW)) == 404


@pytest.mark.parametrize("rendition", ["360p", "180p", "audio"])
def test_a_part_is_available_as_soon_as_it_is_listed(
    live: LowLatency, rendition: str
) -> None:
    """Everything listed is available, and a segment equals its parts."""
    for index in (296, 309, 311):
        whole = live.piece(rendition, str(index), now=NOW)
        parts = [live.piece(rendition, f"{index}.{i}", now=NOW) for i in range(4)]

        assert isinstance(whole, MediaPiece)
        assert whole.body == b"".join(_body(part) for part in parts)
        assert whole.kept_seconds == 12


def test_a_hinted_part_is_waited_for(live: LowLatency) -> None:
    """Only the next one; it comes when it is complete."""
    found = live.piece("360p", "312.2", now=NOW)

    assert isinstance(found, NotYet)
    assert isinstance(live.piece("360p", "312.2", now=found.at), MediaPiece)


@pytest.mark.parametrize("name", ["312.3", "312", "313.0", "311.4", "200.0", "200"])
def test_parts_further_ahead_or_gone_are_not_found(live: LowLatency, name: str) -> None:
    """404, like a segment that is not complete."""
    assert _status(live.piece("360p", name, now=NOW)) == 404


def test_there_are_no_subtitles(live: LowLatency) -> None:
    """Neither listed nor available."""
    links = {name: f"{name}.m3u8" for name in ("360p", "180p", "audio", "subtitles")}

    entry = live.entry(links, subtitles=True)

    assert re.findall(rb"\w+\.m3u8", entry.body) == [
        b"audio.m3u8",
        b"360p.m3u8",
        b"180p.m3u8",
    ]
    assert live.piece("subtitles", "311", now=NOW) is None
    assert live.key is None


def _body(found: Offered) -> bytes:
    assert isinstance(found, MediaPiece)
    return found.body


def _status(found: Offered) -> int:
    """Return the status for missing content."""
    return found.status if isinstance(found, Unable) else 404 if found is None else 0

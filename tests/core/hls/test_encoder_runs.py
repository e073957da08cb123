"""The run of a rendition's encoder: versions that continue each other."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest

from proxy.core.hls.continuity import Moment, Version
from proxy.core.hls.encoder_runs import Run, digest_of, run_after
from proxy.core.hls.playlist import Document, rewrite
from proxy.core.hls.window import Window
from tests.encoder import Encoder, Style

DOCUMENT = Document("https://cdn.example/live/index.m3u8")


def version(text: str, now: float = 0, validators: str = "") -> Version:
    """Return a version that was loaded then."""
    facts = rewrite(text.encode(), DOCUMENT, lambda _: None)
    return Version(
        Window(facts.body, facts.segments),
        Moment(now, now),
        target_seconds=facts.target_duration or 0,
        ended=facts.ended,
        partial=facts.partial,
        validators=validators,
    )


class Watched:
    """A playlist that is loaded again and again."""

    def __init__(self) -> None:
        self._names = map(str, count())
        self.run: Run | None = None

    def load(self, encoder: Encoder, *, delta: bool = False) -> str:
        """Load it, and return the name of the run."""
        validators = str(encoder.written)
        new = version(encoder.playlist(delta=delta), encoder.now, validators)
        self.run = run_after(self.run, new, lambda: next(self._names))
        return self.run.name


STYLES = [
    Style(),
    Style(window=0),
    Style(window=3, cycle=4),
    Style(durations=(2.0, 1.5, 2.0)),
    Style(window=10, skips=3),
    Style(window=3, durations=(6.006, 5.994)),
    Style(window=3, durations=(4.0,)),
    Style(window=12, parts=4, skips=4),
    Style(window=6, parts=3, cycle=9),
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("every", [0.4, 3.0, 5.0])
def test_an_encoder_that_goes_on_has_one_run(style: Style, every: float) -> None:
    """However often its playlist is loaded, deltas included."""
    encoder, watched = Encoder(style), Watched()
    encoder.run(20)
    names = set()
    for at in range(int(300 / every)):
        names.add(watched.load(encoder, delta=at % 3 > 0))
        encoder.run(every)
    assert len(names) == 1


RESTARTS: Sequence[tuple[str, int, float]] = [
    ("the sequence goes back", 0, 6),
    ("it goes back and has caught up", 0, 60),
    ("it goes back and has gone past", 0, 66),
    ("it has not gone back", 3, 42),
    ("the last segment comes again", 9, 6),
    ("nothing is listed yet", 0, 1),
    ("a later number", 20, 12),
]


@pytest.mark.parametrize("style", STYLES[:3])
@pytest.mark.parametrize(("what", "number", "seconds"), RESTARTS)
def test_a_restarted_encoder_has_another_run(
    style: Style, what: str, number: int, seconds: float
) -> None:
    """Also if all that its playlist shows looks as if it had gone on."""
    encoder, watched = Encoder(style), Watched()
    encoder.run(60)
    before = watched.load(encoder)
    encoder.restart(number)
    encoder.run(seconds)
    assert watched.load(encoder) != before, what


def test_a_discontinuity_is_no_other_run() -> None:
    """The encoder says that it goes on; its init sections have numbers of their own."""
    encoder, watched = Encoder(Style()), Watched()
    encoder.run(60)
    before = watched.load(encoder)
    encoder.go_on()
    encoder.run(6)
    assert watched.load(encoder) == before


@pytest.mark.parametrize("after", [2.5, 4.5, 6.5, 8.5])
def test_a_restart_in_the_middle_of_a_segment_is_another_run(after: float) -> None:
    """Parts that players have are made once more, under the same names."""
    encoder, watched = Encoder(Style(parts=3)), Watched()
    encoder.run(65)
    before = watched.load(encoder)
    encoder.go_on()
    encoder.run(after)
    assert watched.load(encoder) != before


def test_what_was_not_loaded_for_minutes_is_another_run() -> None:
    """Unless its window shows all that came meanwhile."""
    for style, same in ((Style(), False), (Style(window=0), True)):
        encoder, watched = Encoder(style), Watched()
        encoder.run(60)
        before = watched.load(encoder)
        encoder.run(300)
        assert (watched.load(encoder) == before) is same


def test_an_encoder_that_stalls_may_have_been_restarted() -> None:
    """While nothing changes, nothing has changed."""
    encoder, watched = Encoder(Style()), Watched()
    encoder.run(60)
    before = watched.load(encoder)
    for _ in range(10):
        encoder.stall(3)
        assert watched.load(encoder) == before
    encoder.run(6)
    after = watched.load(encoder)
    assert after != before
    encoder.run(6)
    assert watched.load(encoder) == after


def test_an_older_copy_changes_nothing() -> None:
    """Servers behind one name are not always equally up to date."""
    encoder, watched = Encoder(Style()), Watched()
    encoder.run(60)
    older = encoder.playlist()
    encoder.run(6)
    before = watched.load(encoder)
    assert watched.run is not None
    assert watched.run.goes_on(version(older, encoder.now + 0.1))
    encoder.run(3)
    assert watched.load(encoder) == before


def test_a_live_playlist_that_ends_keeps_its_run() -> None:
    """A viewer who is behind gets the rest from what is kept."""
    encoder, watched = Encoder(Style(window=0)), Watched()
    encoder.run(60)
    before = watched.load(encoder)
    encoder.run(4)
    encoder.ended = True
    assert watched.load(encoder) == before
    encoder.run(4000)
    assert watched.load(encoder) == before
    assert watched.run is not None
    assert not watched.run.lasting


def test_after_the_end_comes_another_program() -> None:
    """Live or ended, under the same URL and with the same names."""
    encoder, watched = Encoder(Style(window=0)), Watched()
    encoder.run(60)
    encoder.ended = True
    before = watched.load(encoder)
    encoder.restart()
    encoder.run(60)
    live = watched.load(encoder)
    encoder.ended = True
    assert len({before, live, watched.load(Encoder(Style()))}) == 3
    # The text is the same, but the file was written again.
    assert watched.load(encoder) not in {before, live}


def test_the_run_of_an_ended_playlist_is_the_same_after_a_restart() -> None:
    """It depends on what the playlist says about media."""
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXT-X-ENDLIST\n"
    run = run_after(None, version(text), lambda: "random")
    assert run.lasting
    for same in (
        text.replace("\n", "\r\n"),
        text.replace("#EXTINF", "# made at 12:00\n#EXTINF"),
        text.replace("#EXTINF", '#EXT-X-DATERANGE:ID="7"\n#EXT-X-SOME:1\n#EXTINF'),
    ):
        assert digest_of(version(same)) == run.name
        assert run_after(run, version(same), lambda: "random") is run
    for other in (
        text.replace("a.ts", "b.ts"),
        text.replace("6,", "5,"),
        text.replace("#EXTINF", "#EXT-X-DISCONTINUITY\n#EXTINF"),
        text.replace("#EXTINF", "#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF"),
        text.replace("#EXTINF", "#EXT-X-BYTERANGE:1@0\n#EXTINF"),
        text.replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF'),
        text.replace("#EXTINF", '#EXT-X-MAP:URI="i"\n#EXTINF'),
    ):
        assert digest_of(version(other)) != run.name
        assert run_after(run, version(other), lambda: "random") is not run
    assert digest_of(version(text, validators="x")) != run.name


def test_segments_that_left_are_remembered_for_a_while() -> None:
    """Slow players still ask for them."""
    encoder, watched = Encoder(Style(window=3)), Watched()
    encoder.run(18)
    for _ in range(200):
        watched.load(encoder)
        encoder.run(6)
    assert watched.run is not None
    assert list(watched.run.left.values()) == list(range(135, 199))
    assert watched.run.left[b"seg198.m4s"] == 198


def test_an_ended_playlist_from_somewhere_else_has_another_run() -> None:
    """Equal names may stand for other files there."""
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n#EXT-X-ENDLIST\n"
    here = replace(version(text), source="here")
    there = replace(version(text), source="there")
    assert digest_of(here) != digest_of(there)
    run = run_after(None, here, str)
    assert run_after(run, replace(here, at=Moment(9, 9)), str) is run
    assert run_after(run, there, str).name == digest_of(there)

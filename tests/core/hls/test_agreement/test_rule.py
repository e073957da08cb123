"""Which run of a live rendition several processes agree on."""

from itertools import count

import pytest

from proxy.core.hls.agreement import agree, decoded, encoded
from proxy.core.hls.continuity import Moment, Version
from proxy.core.hls.encoder_runs import Run, run_after
from proxy.core.hls.playlist import Document
from proxy.core.hls.window import Window

DOCUMENT = Document("https://cdn.example/live/index.m3u8")
PLAYLIST = "720p/index.m3u8"
SEGMENT_SECONDS = 6.0


def version(
    first: int, end: int, at: float, *, more: str = "", name: str = "seg{}.ts"
) -> Version:
    """Return a version that lists the segments from `first` up to `end`."""
    lines = ["#EXTM3U", f"#EXT-X-MEDIA-SEQUENCE:{first}{more}"]
    for number in range(first, end):
        lines += ["#EXTINF:6,", name.format(number)]
    text = "\n".join([*lines, ""]).encode()
    return Version(
        Window(text, end - first), Moment(at, at), target_seconds=SEGMENT_SECONDS
    )


class Process:
    """A process that sees one playlist, and the common run of all."""

    common: Run | None = None

    def __init__(self, name: str) -> None:
        self.run: Run | None = None
        self._names = map(f"{name}{{}}".format, count())

    def sees(
        self, first: int, end: int, at: float, *, more: str = "", name: str = "seg{}.ts"
    ) -> str:
        """Return the name of its run after a version; see `version`."""

        def make() -> Version:
            return version(first, end, at, more=more, name=name)

        before = self.run
        self.run = run = run_after(before, make(), lambda: next(self._names))
        common = Process.common and decoded(encoded(Process.common))
        changed = agree(
            common,
            run,
            make(),
            new=run is not before,
            new_name=lambda: next(self._names),
        )
        Process.common = changed or common
        return run.name


@pytest.fixture
def two() -> tuple[Process, Process]:
    """Return two processes that have not seen anything."""
    Process.common = None
    return Process("a"), Process("b")


@pytest.mark.parametrize(
    ("later", "same"),
    [
        ((0, 5, 30), True),
        ((0, 5, 36), True),
        ((1, 6, 36), True),
        ((3, 8, 48), True),
        ((0, 4, 31), True),  # a server that is one segment behind
        ((0, 3, 31), False),  # two
        ((5, 10, 60), False),  # nothing in common
        ((0, 5, 60), False),  # nothing new for too long
        ((0, 5, 1000), False),
        ((0, 1, 36), False),
        ((2, 7, 300), False),  # as after a restart with the same names
    ],
)
def test_a_new_process_joins_the_run_that_its_view_continues(
    two: tuple[Process, Process], later: tuple[int, int, float], *, same: bool
) -> None:
    """By the same rule as a process that has seen the run before."""
    one, other = two
    assert one.sees(0, 5, 30) == "a0"
    assert other.sees(*later) == ("a0" if same else "b0")


def test_processes_with_different_views_do_not_share(
    two: tuple[Process, Process],
) -> None:
    """Each keeps what it has, once it has seen that there is another view."""
    one, other = two
    assert one.sees(0, 5, 30) == "a0"
    assert other.sees(0, 5, 30, name="other{}.ts") == "b0"
    for at in range(5):
        assert one.sees(1 + at, 6 + at, 36 + 6 * at) == "a1"
        assert other.sees(1 + at, 6 + at, 36 + 6 * at, name="other{}.ts") == "b0"


def test_a_restart_is_one_new_run_for_all(two: tuple[Process, Process]) -> None:
    """Whoever sees it first. The other one is alone with the old one until then."""
    one, other = two
    assert one.sees(5, 10, 60) == other.sees(5, 10, 61) == "a0"
    assert one.sees(0, 1, 66) == "a1"
    assert other.sees(5, 10, 66) == "b1"
    assert other.sees(0, 1, 68) == "a1"
    assert one.sees(0, 2, 73) == other.sees(0, 2, 74) == "a1"


def test_a_view_far_behind_is_alone_until_it_has_caught_up(
    two: tuple[Process, Process],
) -> None:
    """A single process would take it for a restart."""
    one, other = two
    assert one.sees(5, 10, 60) == other.sees(5, 10, 60) == "a0"
    assert one.sees(8, 13, 72) == "a0"
    assert other.sees(6, 11, 72) == "b1"
    assert other.sees(7, 12, 78) == "b1"
    assert one.sees(9, 14, 78) == "a0"
    assert other.sees(9, 14, 79) == "a0"


def test_a_view_that_stands_still_is_a_restart_for_all(
    two: tuple[Process, Process],
) -> None:
    """The others join the new run, as it may be theirs."""
    one, other = two
    assert one.sees(5, 10, 60) == other.sees(5, 10, 60) == "a0"
    assert other.sees(5, 10, 72) == "b1"
    assert one.sees(7, 12, 72) == "b1"
    assert other.sees(8, 13, 78) == "b1"


def test_a_common_run_that_nobody_continues_is_replaced(
    two: tuple[Process, Process],
) -> None:
    """Also if those who see another view have seen it for long."""
    one, other = two
    assert one.sees(0, 5, 30) == "a0"
    assert other.sees(0, 5, 30, name="other{}.ts") == "b0"
    assert one.sees(1, 6, 36) == "a1"
    assert one.sees(4, 9, 54) == "a1"
    third = Process("c")
    assert third.sees(4, 9, 55) == "a1"
    assert other.sees(4, 9, 55, name="other{}.ts") == "b1"


def test_a_run_that_was_not_registered_joins_later(
    two: tuple[Process, Process],
) -> None:
    """For example, because both began at the same time, and one file won."""
    one, other = two
    assert one.sees(0, 5, 30) == "a0"
    Process.common = None
    assert other.sees(0, 5, 30) == "b0"
    assert one.sees(1, 6, 36) == "b0"
    assert other.sees(1, 6, 36) == "b0"


def test_a_process_counts_discontinuities_as_the_others_do(
    two: tuple[Process, Process],
) -> None:
    """Upstreams do not always count those that have left the playlist."""
    one, other = two
    one.sees(0, 5, 30, more="\n#EXT-X-DISCONTINUITY")
    one.sees(1, 6, 36)
    assert other.sees(2, 7, 42) == "a0"
    assert one.sees(2, 7, 42) == "a0"
    assert one.run is not None
    assert other.run is not None
    assert one.run.last.window.discontinuities == 1
    assert other.run.last.window.discontinuities == 1


def test_a_run_survives_being_written() -> None:
    """With all that the rule needs."""
    run = Run("name", versions=[version(3, 8, 50.5)], ahead=1.5, most_ahead=2.5)
    run.last.window.discontinuities = 7
    read = decoded(encoded(run))
    assert (read.name, read.ahead, read.most_ahead) == ("name", 1.5, 2.5)
    assert read.last.window.text == run.last.window.text
    assert (read.last.window.first, read.last.window.end) == (3, 8)
    assert read.last.window.discontinuities == 7
    assert read.last.at == run.last.at


@pytest.mark.parametrize("data", [b"", b"{}\n", b"[]\n", b"null", b'{"name": 1}\nx'])
def test_other_bytes_are_no_run(data: bytes) -> None:
    """Then there is no common run."""
    with pytest.raises(ValueError, match=r"run|Expecting"):
        decoded(data)

"""Workers agree on the runs of live streams by files."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.core.hls.agreement import MOST_BYTES
from proxy.core.hls.continuity import Moment, Version
from proxy.core.hls.encoder_runs import Run
from proxy.core.hls.window import Window
from proxy.system import files
from proxy.workers import agreed_runs
from proxy.workers.agreed_runs import AgreedRuns

NOW = 1_000_000.0
TEXT = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:6,\nseg7.ts\n#EXTINF:6,\nseg8.ts\n"


def runs(
    folder: Path,
    worker: int = 1,
    generation_of: Callable[[str], int] = lambda _: 1,
    wall: float = NOW,
) -> AgreedRuns:
    """Return the runs as a worker sees them."""
    return AgreedRuns(folder, worker, generation_of=generation_of, wall=lambda: wall)


def version(at: float = 0.0, text: bytes = TEXT) -> Version:
    """Return a version of a live playlist."""
    return Version(
        Window(text, text.count(b"\nseg")), Moment(at, at), target_seconds=6.0
    )


def name_of(
    made: AgreedRuns,
    name: str,
    *,
    local: str = "lobby",
    playlist: str = "720p/index.m3u8",
    found: Version | None = None,
) -> str:
    """Return the name of a new run after a worker agreed on it."""
    text = found.window.text if found else TEXT
    run = Run(name, versions=[version(text=text)])
    made.of(local)(playlist, run, version(text=text), True)  # noqa: FBT003
    return run.name


def test_the_first_one_names_the_run(tmp_path: Path) -> None:
    """The others get its name, and no file but the common one is left."""
    assert name_of(runs(tmp_path, 1), "a") == "a"
    assert name_of(runs(tmp_path, 2), "b") == "a"
    assert name_of(runs(tmp_path, 3), "c") == "a"
    assert len(kept(tmp_path)) == 1


def kept(folder: Path) -> list[Path]:
    """Return the files of the runs."""
    return [path for path in folder.iterdir() if not path.name.startswith("lock-")]


@pytest.mark.parametrize(
    ("local", "playlist"), [("yard", "720p/index.m3u8"), ("lobby", "480p/index.m3u8")]
)
def test_each_playlist_has_its_own_run(
    tmp_path: Path, local: str, playlist: str
) -> None:
    """Also if the texts are equal."""
    assert name_of(runs(tmp_path, 1), "a") == "a"
    assert name_of(runs(tmp_path, 2), "b", local=local, playlist=playlist) == "b"


def test_workers_with_different_configurations_do_not_agree(tmp_path: Path) -> None:
    """A stream keeps the configuration with which it was built."""
    generations = {"lobby": 1}
    changing = runs(tmp_path, 1, lambda local: generations[local])
    built = changing.of("lobby")
    assert name_of(changing, "a") == "a"
    generations["lobby"] = 2
    assert name_of(changing, "b") == "b"
    run = Run("c", versions=[version()])
    built("720p/index.m3u8", run, version(), True)  # noqa: FBT003
    assert run.name == "a"


def test_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    """It is replaced."""
    name_of(runs(tmp_path, 1), "a")
    (file,) = kept(tmp_path)
    whole = file.read_bytes()
    for damaged in (b"", whole[:20], b"\xff" + whole):
        file.write_bytes(damaged)
        assert name_of(runs(tmp_path, 2), "b") == "b"
        assert name_of(runs(tmp_path, 1), "a") == "b"


def test_without_the_folder_each_has_its_own_run(tmp_path: Path) -> None:
    """The parent was killed, and another one has removed it."""
    folder = tmp_path / "gone"
    assert name_of(runs(folder, 1), "a") == "a"
    assert name_of(runs(folder, 2), "b") == "b"


def test_a_very_long_playlist_is_not_agreed_on(tmp_path: Path) -> None:
    """Writing it at each load would take too long."""
    text = TEXT + b"#" * (MOST_BYTES - len(TEXT) - 1)
    for length, same in ((1, True), (2, False)):
        long = version(text=text + b"\n" * length)
        assert name_of(runs(tmp_path, 1), "a", local=str(length), found=long) == "a"
        other = name_of(runs(tmp_path, 2), "b", local=str(length), found=long)
        assert (other == "a") is same


def test_runs_that_nobody_plays_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And if too many are played, the rest is not agreed on."""
    monkeypatch.setattr(agreed_runs, "MOST_FILES", 3)
    made = runs(tmp_path, wall=NOW + agreed_runs.IDLE_SECONDS)
    for number in range(3):
        name_of(made, "a", local=str(number))
    for file in kept(tmp_path):
        os.utime(file, (NOW, NOW))
    assert name_of(made, "a", local="3") == "a"
    assert name_of(made, "b", local="3") == "b"
    assert len(kept(tmp_path)) == 3
    later = runs(tmp_path, wall=NOW + agreed_runs.IDLE_SECONDS + 1)
    assert name_of(later, "a", local="4") == "a"
    assert name_of(later, "b", local="4") == "a"
    assert len(kept(tmp_path)) == 1


def test_a_worker_does_not_wait_for_a_lock(tmp_path: Path) -> None:
    """Its holder may be stopped. It uses a name of its own until the next version."""
    made, other = runs(tmp_path, 1).of("lobby"), runs(tmp_path, 2)
    run = Run("a", versions=[version()])
    made("720p/index.m3u8", run, version(), True)  # noqa: FBT003
    assert (run.name, run.agreed) == ("a", True)
    locks = [path for path in tmp_path.iterdir() if path.name.startswith("lock-")]
    (descriptor,) = [os.open(path, files.lock_file_flags()) for path in locks]
    assert files.try_lock(descriptor)
    made("720p/index.m3u8", run, version(), False)  # noqa: FBT003
    assert run.name != "a"
    assert name_of(other, "b") == "b"
    os.close(descriptor)
    made("720p/index.m3u8", run, version(), False)  # noqa: FBT003
    assert run.name == "a"
    assert name_of(other, "b") == "a"


def test_a_worker_that_cannot_write_has_a_name_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise others would not know what it has seen."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    assert name_of(runs(tmp_path, 1), "a") == "a"
    monkeypatch.setattr(Path, "write_bytes", full)
    assert name_of(runs(tmp_path, 2), "b") not in {"a", "b"}

"""One worker has the turn to fetch a resource."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.store.shared_files import SharedFiles
from proxy.system import sockets
from tests.store.descriptors import descriptors
from tests.store.workers import key, shared_in, stores

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")

# A process that takes a turn, says so, and waits to be killed.
_TAKE = """
import sys
from pathlib import Path
from proxy.store.shared_files import SharedFiles
from tests.store.workers import key
turns = Path(sys.argv[1])
turn = SharedFiles(turns, [], turns=turns).take_turn(key(1))
print(turn is not None, flush=True)
sys.stdin.read()
"""


def files_of(folder: Path) -> list[SharedFiles]:
    """Return the files as the workers see them."""
    return [each.shared for each in stores(folder) if each.shared is not None]


def test_only_one_has_the_turn(tmp_path: Path) -> None:
    """For each resource; after its end another one gets it."""
    one, other, _ = files_of(tmp_path)
    turn = one.take_turn(key(1))
    assert turn is not None
    assert other.take_turn(key(1)) is None
    assert one.take_turn(key(1)) is None
    assert other.take_turn(key(2)) is not None
    turn.end()
    turn.end()
    assert other.take_turn(key(1)) is not None


def test_a_turn_ends_when_it_is_forgotten(tmp_path: Path) -> None:
    """Neither a file nor a descriptor is left."""
    gc.collect()
    before = descriptors()
    one, other, _ = files_of(tmp_path)
    for _ in range(3):
        assert one.take_turn(key(1)) is not None
    turn = one.take_turn(key(1))
    assert other.take_turn(key(1)) is None
    assert descriptors() == before + 1
    del turn
    gc.collect()
    assert descriptors() == before
    assert shared_in(tmp_path) == []


def test_the_turn_of_a_killed_worker_ends(tmp_path: Path) -> None:
    """Its file does not matter."""
    worker = subprocess.Popen(
        [sys.executable, "-c", _TAKE, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == "True"
        here = SharedFiles(tmp_path, [], turns=tmp_path)
        assert here.take_turn(key(1)) is None
        worker.kill()
        worker.wait()
        assert here.take_turn(key(1)) is not None
    finally:
        worker.kill()
        worker.communicate()


def test_without_a_folder_each_has_the_turn(tmp_path: Path) -> None:
    """The parent was killed, and another one has removed it."""
    for turns in (None, tmp_path / "gone"):
        files = SharedFiles(tmp_path, [], turns=turns)
        first, second = files.take_turn(key(1)), files.take_turn(key(1))
        assert first is not None
        assert second is not None

"""Any sequence of uses by several workers."""

import contextlib
import mmap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.store.key import Key
from proxy.system import sockets
from tests.store.workers import (
    HEAD,
    KB,
    MB,
    WORKERS,
    bytes_of,
    key,
    shared_in,
    stores,
)

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")


def memory_of(folder: Path) -> int:
    """Return how many bytes of memory the files take, those without a name too."""
    nodes: dict[int, int] = {}
    for path in shared_in(folder):
        facts = path.stat()
        nodes[facts.st_ino] = -(-facts.st_size // mmap.PAGESIZE) * mmap.PAGESIZE
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(link.readlink()).startswith(str(folder)):
                facts = link.stat()
                nodes[facts.st_ino] = -(-facts.st_size // mmap.PAGESIZE) * mmap.PAGESIZE
    return sum(nodes.values())


ACTIONS = st.tuples(
    st.sampled_from(["keep", "keep", "find", "find", "enter", "leave", "remove"]),
    st.integers(0, WORKERS - 1),
    st.integers(0, 9),
    st.sampled_from([100, 60 * KB, 200 * KB, 700 * KB, MB]),
)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc")
@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, min_size=5, max_size=60))
def test_any_sequence_stays_within_the_budget_and_returns_what_was_kept(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int, int, int]]
) -> None:
    """Files that have lost their names but are open count, too."""
    folder, budget = tmp_path_factory.mktemp("any"), 2 * MB
    made = stores(folder, budget)
    latest: dict[Key, list[bytes]] = {}
    entered = []
    for at, (action, worker, number, size) in enumerate(actions):
        store, name = made[worker], key(number)
        if action == "keep":
            data = bytes([at % 256]) * size
            writing = store.begin(name, size)
            if writing is not None and writing.append(data):
                writing.commit(HEAD)
                latest.setdefault(name, []).append(data)
            del writing
        elif action == "find":
            found = bytes_of(store, name)
            assert found is None or found in latest[name]
        elif action == "enter" and (kept := store.find(name)) is not None:
            entered.append(kept.__enter__())
        elif action == "leave" and entered:
            kept = entered.pop()
            assert kept.read(0, kept.size) in latest[kept.key]
            kept.__exit__(None, None, None)
            del kept
        elif action == "remove":
            store.remove(name)
        used = sum(each.index.cost for each in made)
        assert used <= WORKERS * budget
        assert memory_of(folder) <= used
    for kept in entered:
        kept.__exit__(None, None, None)
    for each in made:
        each.clear()

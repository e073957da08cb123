"""What begins and ends with one stream, and what several streams share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from proxy.app.lifetime import Lifetime, Shared


class Told:
    """Records what happened, in order."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def closes(self, name: str, lifetime: Lifetime, *, fails: bool = False) -> None:
        """Add a part that is closed with the lifetime."""

        async def close() -> None:
            self.log.append(f"close {name}")
            if fails:
                raise RuntimeError(name)

        lifetime.closes(close)

    def runs(self, name: str, lifetime: Lifetime) -> None:
        """Add a part that runs during the lifetime."""

        @asynccontextmanager
        async def running() -> AsyncIterator[None]:
            self.log.append(f"run {name}")
            yield
            self.log.append(f"stop {name}")

        lifetime.runs(running)


@pytest.fixture
def told() -> Told:
    """Return the record."""
    return Told()


async def test_running_parts_stop_before_anything_is_closed(told: Told) -> None:
    """Parts are closed in reverse order, once each."""
    lifetime = Lifetime()
    told.closes("a", lifetime)
    told.runs("keeper", lifetime)
    told.closes("b", lifetime)
    assert told.log == []
    await lifetime.begin()
    await lifetime.begin()
    await lifetime.end()
    await lifetime.end()
    assert told.log == ["run keeper", "stop keeper", "close b", "close a"]


async def test_a_lifetime_that_never_ran_is_closed_too(told: Told) -> None:
    """As for a stream that failed while it was built, or is only inspected."""
    lifetime = Lifetime()
    told.closes("a", lifetime)
    told.runs("keeper", lifetime)
    await lifetime.end()
    await lifetime.begin()
    assert told.log == ["close a"]


async def test_a_part_that_fails_to_close_keeps_no_other_open(told: Told) -> None:
    """The failure is raised after all are closed."""
    lifetime = Lifetime()
    told.closes("a", lifetime)
    told.closes("b", lifetime, fails=True)
    with pytest.raises(RuntimeError, match="b"):
        await lifetime.end()
    assert told.log == ["close b", "close a"]


async def test_a_shared_part_ends_with_its_last_user(told: Told) -> None:
    """A later user gets a new one; another key is another part."""
    shared, users = Shared[str, str](), [Lifetime() for _ in range(4)]
    made = list[str]()

    def make(lifetime: Lifetime) -> str:
        made.append(f"part {len(made)}")
        told.closes(made[-1], lifetime)
        told.runs(made[-1], lifetime)
        return made[-1]

    keys = ("one", "one", "two")
    parts = [
        shared.of(key, make, user=user) for key, user in zip(keys, users, strict=False)
    ]
    assert parts == ["part 0", "part 0", "part 1"]
    await users[1].begin()
    await users[0].begin()
    await users[1].end()
    assert told.log == ["run part 0"]
    await users[0].end()
    assert told.log == ["run part 0", "stop part 0", "close part 0"]
    assert shared.of("one", make, user=users[3]) == "part 2"
    await users[2].end()
    await users[3].end()
    assert told.log[3:] == ["close part 1", "close part 2"]
    assert len(shared) == 0


async def test_a_part_that_cannot_be_built_has_no_users() -> None:
    """The next user builds it anew."""
    shared, user = Shared[str, str](), Lifetime()

    def fail(_: Lifetime) -> str:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        shared.of("one", fail, user=user)
    assert len(shared) == 0
    await user.end()

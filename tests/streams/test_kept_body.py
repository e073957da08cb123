"""Tests of kept resources as bodies."""

from types import TracebackType
from typing import Self

import pytest

from proxy.core.http.framing import Framing
from proxy.store.port import Head
from proxy.streams.kept_body import SLICE_BYTES, KeptBody
from proxy.streams.replies import MediaBody


class Held:
    """A kept resource that counts who uses it, and remembers what was read."""

    file = None

    def __init__(self, body: bytes) -> None:
        self.head = Head()
        self.body = body
        self.size = len(body)
        self.users = 0
        self.reads: list[tuple[int, int]] = []

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes, if they are in use."""
        assert self.users
        self.reads.append((start, end))
        return self.body[start:end]

    def __enter__(self) -> Self:
        self.users += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.users -= 1


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, None), (0, 0), (1, 3), (SLICE_BYTES - 1, SLICE_BYTES + 1), (5, None)],
)
async def test_it_is_the_bytes_from_start_to_end(start: int, end: int | None) -> None:
    """By default all of them."""
    held = Held(bytes(range(256)) * (SLICE_BYTES // 256 * 2 + 1))
    body: MediaBody = KeptBody(held, start, end)
    expected = held.body[start:end]
    assert (body.framing, body.held) == (Framing.LENGTH, False)
    assert body.content_length == len(expected)
    async with body:
        assert b"".join([chunk async for chunk in body.chunks()]) == expected
    assert all(last - first <= SLICE_BYTES for first, last in held.reads)


async def test_the_resource_is_in_use_while_the_body_is() -> None:
    """Also if the player leaves."""
    held = Held(b"abc")

    async def cut() -> None:
        async with KeptBody(held):
            assert held.users == 1
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await cut()
    assert held.users == 0

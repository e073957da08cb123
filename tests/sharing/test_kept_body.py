"""Tests of kept resources as bodies."""

from pathlib import Path

import pytest

from proxy.core.http.framing import Framing
from proxy.replies import MediaBody
from proxy.sharing.kept_body import SLICE_BYTES, KeptBody
from tests.streams.kept import Held


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, None), (0, 0), (1, 3), (SLICE_BYTES - 1, SLICE_BYTES + 1), (5, None)],
)
async def test_it_is_the_bytes_from_start_to_end(start: int, end: int | None) -> None:
    """By default all of them."""
    data = bytes(range(256)) * (SLICE_BYTES // 256 * 2 + 1)
    held = Held(data)
    body = KeptBody(held, start, end)
    expected = data[start:end]
    as_any_body: MediaBody = body
    assert as_any_body is body
    assert (body.framing, body.held) == (Framing.LENGTH, False)
    assert body.content_length == len(expected)
    async with body:
        assert b"".join([chunk async for chunk in body.chunks()]) == expected
    assert all(last - first <= SLICE_BYTES for first, last in held.reads)
    assert body.data == expected
    assert (body.data is data) is (len(expected) == len(data))


def test_a_file_is_not_at_hand_as_bytes(tmp_path: Path) -> None:
    """It is sent from the file."""
    assert KeptBody(Held(b"abc", tmp_path)).data is None


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

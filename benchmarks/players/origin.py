"""A live stream of 1.6 Mbit/s that counts the requests for each segment."""

import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator

from benchmarks.rig.origin import live, ok, playlist, serving

SEGMENT_SECONDS = 4
SEGMENT_BYTES = 800_000
_WINDOW = 6
ENTRY = "live.m3u8"


@contextlib.asynccontextmanager
async def origin() -> AsyncIterator[int]:
    """Serve while the block lasts; yield the port.

    `/asked` tells as JSON how often each path was asked for.
    """
    async with serving(_Site().answer) as port:
        yield port


def newest(now: float) -> int:
    """Return the number of the newest segment at this time, in epoch seconds."""
    return int(now / SEGMENT_SECONDS)


def number(path: str) -> int | None:
    """Return the number of a segment by its path; None if it is no segment."""
    name = path.rpartition("/")[2]
    if not name.startswith("segment_"):
        return None
    return int(name.removeprefix("segment_").removesuffix(".ts"))


class _Site:
    """Makes answers, and counts."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()
        noise = random.Random(1)  # noqa: S311 - the same in every run
        self._segment = b"\x47" + noise.randbytes(SEGMENT_BYTES - 1)

    def answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        if path == "/asked":
            return ok("application/json", json.dumps(self._asked).encode())
        self._asked[path] += 1
        if number(path) is not None:
            return ok("video/mp2t", self._segment)
        last = newest(time.time())
        return playlist(live(range(last - _WINDOW + 1, last + 1), SEGMENT_SECONDS))

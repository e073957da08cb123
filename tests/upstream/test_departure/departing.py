"""Slow names, an origin that does not read, and tokens that expire."""

import asyncio
import contextlib
from collections.abc import Iterator

from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Stamped
from proxy.upstream.question import Question
from tests.fake_clock import FakeClock
from tests.raw_origin import RawOrigin, answer
from tests.upstream.asking import Way, question

MEDIA = answer(b"\0media")
HOST = "cam.example.com"
LIFE = 6.0


class Ending:
    """Places tokens that expire, each with a number."""

    def __init__(
        self, clock: FakeClock, *, once: bool = False, known: bool = True
    ) -> None:
        self._clock = clock
        self._once = once
        self._known = known
        self.number = 1
        self._ends = clock.wall() + LIFE

    def stamp(self, url: str) -> Stamped:
        """Place the current token."""
        return Stamped(
            f"{url}?t={self.number}",
            (("X-Token", f"T{self.number}"),),
            carried=True,
            until=self._ends if self._known else None,
            handed_on=self._once,
        )

    async def again(self, url: str) -> Stamped:
        """Place the next token."""
        self.number += 1
        self._ends = self._clock.wall() + LIFE
        return self.stamp(url)

    def question(
        self,
        url: str,
        kind: Kind = Kind.SEGMENT,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Question:
        """Return a question with these tokens."""
        return question(
            url, kind=kind, headers=headers, stamp=self.stamp, again=self.again
        )


@contextlib.contextmanager
def asked(way: Way, question_: Question) -> Iterator[asyncio.Task[bytes]]:
    """Ask in the background."""
    task = asyncio.create_task(way.body(question_))
    try:
        yield task
    finally:
        task.cancel()


async def heard(origin: RawOrigin, number: int) -> None:
    """Wait until the origin has this many requests."""
    async with asyncio.timeout(5):
        while len(origin.heard) < number:  # noqa: ASYNC110 - the origin has no event
            await asyncio.sleep(0.001)

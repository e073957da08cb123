"""Patience: how long and how often to retry, alone and with many who wait."""

import asyncio
from collections.abc import Coroutine

import pytest

from proxy.core.http.answers import Blame
from proxy.deadline import Deadline
from proxy.errors import UnreachableError
from proxy.upstream.retries import Absences, Patience
from tests.fake_clock import FakeClock

HERE, THERE = "http://here.example.com", "http://there.example.com"


def fault(blame: Blame = Blame.CONNECTION_REFUSED) -> UnreachableError:
    """Return the error of a failed question."""
    error = UnreachableError("here.example.com: no answer")
    error.blame = blame
    return error


class Waiting:
    """Questions that wait on one clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.absences = Absences(self.clock)

    def patience(self, *, waits: bool = False) -> Patience:
        """Return the patience of a question that starts now."""
        deadline = Deadline.of(self.clock.mono())
        return Patience(self.absences, self.clock, deadline=deadline, waits=waits)

    async def asked(
        self, patience: Patience, good_at: float, *, origin: str = HERE
    ) -> list[float]:
        """Retry until success; return the attempts' times, in seconds from 1000."""
        times = []
        while True:
            times.append(round(self.clock.mono() - 1000, 3))
            if self.clock.mono() - 1000 >= good_at:
                patience.answered(origin)
                return times
            if not await patience.outlasts(origin, fault()):
                return times

    async def after(
        self, seconds: float, *questions: Coroutine[None, None, list[float]]
    ) -> list[list[float]]:
        """Return the results after this many seconds."""
        tasks = [asyncio.create_task(each) for each in questions]
        await self.clock.advance(seconds)
        assert all(task.done() for task in tasks)
        return [task.result() for task in tasks]


async def test_one_question_is_retried_every_third_of_a_second() -> None:
    """Until success."""
    one = Waiting()
    (times,) = await one.after(2, one.asked(one.patience(), good_at=1.0))
    assert times == pytest.approx([0.0, 0.3, 0.6, 0.9, 1.2])


async def test_it_ends_after_eight_seconds() -> None:
    """Players give up then."""
    one = Waiting()
    (times,) = await one.after(8, one.asked(one.patience(), good_at=99.0))
    assert len(times) == 26
    assert times[-1] <= 8


async def test_many_retry_no_more_often_than_one() -> None:
    """All of them continue as soon as one of them succeeds."""
    one = Waiting()
    asked = await one.after(
        9, *(one.asked(one.patience(), good_at=5.0) for _ in range(20))
    )
    assert all(times[-1] == pytest.approx(5.1) for times in asked)
    failed = [time for times in asked for time in times if 0 < time < 5]
    assert len(failed) == 16
    assert len(set(failed)) == 16


async def test_everyone_gets_a_turn() -> None:
    """A question whose own URL fails does not keep the others from retrying."""
    one = Waiting()
    bad, good = await one.after(
        9,
        one.asked(one.patience(), good_at=99.0),
        one.asked(one.patience(), good_at=0.5),
    )
    assert good == pytest.approx([0.0, 0.6])
    assert len(bad) > 20


async def test_a_newcomer_in_an_outage_waits_for_a_turn() -> None:
    """A second question need not find out what the first one knows."""
    one = Waiting()
    first = asyncio.create_task(one.asked(one.patience(), good_at=99.0))
    await one.clock.advance(1.0)
    second = asyncio.create_task(one.patience().admitted(HERE))
    elsewhere = asyncio.create_task(one.patience().admitted(THERE))
    await one.clock.settle()
    assert elsewhere.done()
    assert not second.done()
    await one.clock.advance(0.6)
    assert second.done()
    first.cancel()


async def test_without_a_turn_in_time_the_others_error_is_used() -> None:
    """Without a request of its own."""
    one = Waiting()
    others = [
        asyncio.create_task(one.asked(one.patience(), good_at=99.0)) for _ in range(60)
    ]
    await one.clock.advance(4.0)
    late = asyncio.create_task(one.patience().admitted(HERE))
    others += [
        asyncio.create_task(one.asked(one.patience(), good_at=99.0)) for _ in range(60)
    ]
    await one.clock.advance(8.0)
    assert late.done()
    for other in others:
        other.cancel()


async def test_an_answer_that_may_improve_delays_nobody_else() -> None:
    """It is about one URL; other questions are sent at once."""
    one = Waiting()
    held = asyncio.create_task(one.patience().has_turn(HERE, 0.0))
    await one.clock.settle()
    other = one.patience()
    await asyncio.wait_for(other.admitted(HERE), 1)
    other.answered(HERE)
    await one.clock.settle()
    assert not held.done()
    await one.clock.advance(0.3)
    assert held.result()


@pytest.mark.parametrize(("pause", "again_at"), [(0.2, 0.3), (5.0, 5.0), (8.0, None)])
async def test_a_pause_that_the_upstream_wants_is_kept(
    pause: float, again_at: float | None
) -> None:
    """If there is time for it."""
    one = Waiting()
    task = asyncio.create_task(one.patience().has_turn(HERE, pause))
    await one.clock.settle()
    if again_at is None:
        assert task.result() is False
        return
    await one.clock.advance(again_at - 0.01)
    assert not task.done()
    await one.clock.advance(0.02)
    assert task.result()


@pytest.mark.parametrize(
    "blame", [Blame.TLS_CERTIFICATE, Blame.READ_TIMEOUT, Blame.PROTOCOL, None]
)
async def test_a_lasting_failure_is_final(blame: Blame | None) -> None:
    """At once."""
    error = fault()
    error.blame = blame
    assert not await Waiting().patience().outlasts(HERE, error)


async def test_a_first_ended_connection_is_no_sign_of_trouble() -> None:
    """Most likely it was kept for too long."""
    one = Waiting()
    patience = one.patience()
    ended = fault(Blame.CONNECTION_TERMINATED)
    assert await patience.outlasts(HERE, ended)
    assert one.absences.get(HERE) is None
    again = asyncio.create_task(patience.outlasts(HERE, ended))
    await one.clock.settle()
    assert not again.done()
    await one.clock.advance(0.3)
    assert again.result()


async def test_a_blocking_requests_time_begins_with_the_trouble() -> None:
    """A blocking reload may have waited for long before its connection broke."""
    one = Waiting()
    patience = one.patience(waits=True)
    assert patience.left() is None
    await one.clock.advance(30.0)
    (times,) = await one.after(8, one.asked(patience, good_at=33.0))
    assert times[-1] == pytest.approx(33.0, abs=0.3)

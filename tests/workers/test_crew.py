"""The workers together: those that die are replaced, up to a limit."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from structlog.testing import capture_logs

from proxy.errors import SourceError, StartError
from proxy.workers.bodies import Body
from proxy.workers.channel import ChannelClosedError
from proxy.workers.crew import Crew
from proxy.workers.restarts import MOST_DEATHS
from proxy.workers.seat import Seat
from tests.fake_clock import FakeClock


async def refuse(seat: Seat, kind: str, body: Body) -> Body:
    """Answer nothing."""
    raise SourceError(f"{seat.number}: {kind} {body}")


class FakeChannel:
    """A channel to a process with a given behaviour."""

    def __init__(self) -> None:
        self.asked: list[Body] = []
        self.told: list[str] = []
        self.answer: Body | Exception = {"problems": []}
        self.held = False

    async def ask(self, kind: str, **body: object) -> Body:
        """Answer."""
        self.asked.append({"kind": kind, **body})
        if self.held:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def tell(self, kind: str, **body: object) -> None:
        """Hear."""
        del body
        self.told.append(kind)


class FakeSeat(Seat):
    """A seat whose process runs until the test ends it."""

    def __init__(self, number: int) -> None:
        super().__init__(number, (), environ={}, answer=refuse, heard=lambda *_: None)
        self.channel = FakeChannel()  # type: ignore[assignment]
        self.hellos: list[Body] = []
        self.kills = 0
        self.end: asyncio.Future[str]
        self.sits = False

    @property
    def fake(self) -> FakeChannel:
        """The channel."""
        assert isinstance(self.channel, FakeChannel)
        return self.channel

    @property
    def ready(self) -> bool:
        """Whether it runs."""
        return self.sits

    async def sit(self, hello: Body) -> str:
        """Run until it is ended."""
        self.hellos.append(hello)
        self.epoch = hello["epoch"]
        self.end = asyncio.get_running_loop().create_future()
        self.sits = True
        self.served(self)
        try:
            return await self.end
        finally:
            self.sits = False

    served: Callable[[Seat], None]

    def kill(self) -> None:
        """End it."""
        self.kills += 1
        if not self.end.done():
            self.end.set_result("SIGKILL")


class Stage:
    """A crew of fakes."""

    def __init__(self, clock: FakeClock, number: int = 2) -> None:
        self.hello: Body = {"epoch": 1}
        self.left: list[tuple[int, bool]] = []
        self.seats = [FakeSeat(each + 1) for each in range(number)]
        self.crew = Crew(
            self.seats,
            hello=lambda: self.hello,
            left=lambda seat, unasked: self.left.append((seat.number, unasked)),
            clock=clock,
        )
        for seat in self.seats:
            seat.served = self.crew.serves


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that the test moves."""
    return FakeClock()


async def test_a_worker_that_dies_is_replaced_with_the_current_configuration(
    clock: FakeClock,
) -> None:
    """At once; the others do not notice."""
    stage = Stage(clock)
    async with stage.crew.serving(lambda: 25.0):
        stage.hello = {"epoch": 2}
        with capture_logs() as logs:
            stage.seats[0].end.set_result("SIGKILL")
            await clock.advance(0)
        assert stage.seats[0].hellos == [{"epoch": 1}, {"epoch": 2}]
        assert stage.seats[1].hellos == [{"epoch": 1}]
        assert stage.left == [(1, True)]
        assert [(log["event"], log["worker"], log["how"]) for log in logs] == [
            ("worker died", 1, "SIGKILL")
        ]
        assert [each.replaced for each in stage.crew.statuses()] == [1, 0]
        _end(stage.seats)
    assert stage.left[1:] == [(1, False), (2, False)]


async def test_repeated_deaths_end_the_program(clock: FakeClock) -> None:
    """After increasing delays; a supervisor sees the failure."""
    stage = Stage(clock)
    begun = clock.mono()
    with pytest.raises(StartError, match="worker 2 died 8 times in a row: status 3"):
        await _died_always(stage, clock)
    assert len(stage.seats[1].hellos) == MOST_DEATHS
    assert 15 < clock.mono() - begun < 40
    assert not any(seat.sits for seat in stage.seats)


async def _died_always(stage: Stage, clock: FakeClock) -> None:
    async with stage.crew.serving(lambda: 0.0):
        while not stage.crew.failed.done():
            if stage.seats[1].sits and not stage.seats[1].end.done():
                stage.seats[1].end.set_result("status 3")
            await clock.advance(0.25)
        stage.crew.failed.result()


async def test_a_failed_start_is_reported(clock: FakeClock) -> None:
    """No process is left."""
    stage = Stage(clock)

    async def fails(hello: Body) -> str:
        del hello
        raise StartError("no key")

    stage.seats[1].sit = fails  # type: ignore[method-assign]
    with pytest.raises(StartError, match="no key"):
        async with stage.crew.serving(lambda: 0.0):
            pass
    assert not stage.seats[0].sits


async def test_a_worker_that_does_not_stop_in_time_is_killed(clock: FakeClock) -> None:
    """After the grace time of players, and a little more."""
    stage = Stage(clock)
    leaving = asyncio.create_task(_left(stage))
    await clock.advance(27)
    assert not leaving.done()
    await clock.advance(2)
    await asyncio.wait_for(leaving, 5)


async def test_a_pending_replacement_does_not_delay_the_end(clock: FakeClock) -> None:
    """The program stops as fast as its other workers."""
    stage = Stage(clock)
    leave = asyncio.Event()
    leaving = asyncio.create_task(_left(stage, leave))
    await clock.advance(0)
    for wait in (0, 0.5, 1, 2):
        stage.seats[0].end.set_result("SIGKILL")
        await clock.advance(wait)
    stage.seats[0].end.set_result("SIGKILL")
    await clock.advance(1)
    assert (stage.seats[0].sits, stage.seats[1].sits) == (False, True)
    _end(stage.seats[1:])
    leave.set()
    await asyncio.wait_for(leaving, 5)


async def _left(stage: Stage, leave: asyncio.Event | None = None) -> None:
    async with stage.crew.serving(lambda: 25.0):
        if leave is not None:
            await leave.wait()


async def test_the_first_worker_decides_about_a_configuration(
    clock: FakeClock,
) -> None:
    """If it refuses, the others do not get it."""
    stage = Stage(clock, 3)
    one, two, three = stage.seats
    async with stage.crew.serving(lambda: 0.0):
        one.fake.answer = ChannelClosedError("gone")
        two.fake.answer = {"problems": ["a", "b"]}
        assert await stage.crew.accepted({"epoch": 2}) == ("a", "b")
        assert (two.epoch, three.fake.asked) == (1, [])
        two.fake.answer = SourceError("the program failed: KeyError")
        failed = await stage.crew.accepted({"epoch": 2})
        assert failed == ("the program failed: KeyError",)
        two.fake.answer = {"problems": []}
        assert await stage.crew.accepted({"epoch": 2}) == ()
        assert [seat.epoch for seat in stage.seats] == [1, 2, 1]
        stage.hello = {"epoch": 2}
        three.fake.answer = {"problems": ["only here"]}
        await stage.crew.spread({"epoch": 2})
        # It is replaced, and the next one gets it at its start.
        await clock.advance(0)
        assert (three.kills, three.hellos[-1]) == (1, {"epoch": 2})
        _end(stage.seats)


async def test_a_worker_with_an_older_configuration_gets_the_newer(
    clock: FakeClock,
) -> None:
    """It changed while the process started."""
    stage = Stage(clock)
    async with stage.crew.serving(lambda: 0.0):
        stage.hello = {"epoch": 5}
        stage.crew.serves(stage.seats[0])
        await clock.settle()
        assert stage.seats[0].fake.asked == [{"kind": "configure", "epoch": 5}]
        assert stage.seats[0].epoch == 5
        _end(stage.seats)


async def test_metrics_come_from_workers_that_answer_in_time(clock: FakeClock) -> None:
    """One that hangs or dies meanwhile delays nobody."""
    stage = Stage(clock, 3)
    async with stage.crew.serving(lambda: 0.0):
        stage.seats[0].fake.answer = {"streams": []}
        stage.seats[1].fake.held = True
        stage.seats[2].fake.answer = ChannelClosedError("gone")
        gathering = asyncio.create_task(stage.crew.gather("streams"))
        await clock.advance(1.5)
        assert await gathering == [{"streams": []}]
        _end(stage.seats)


def _end(seats: Sequence[FakeSeat]) -> None:
    """Let all end when they are told to."""
    for seat in seats:
        seat.fake.tell = lambda _, seat=seat, **__: seat.kill()  # type: ignore[method-assign]

"""The workers together: those that die are replaced, up to a limit."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from structlog.testing import capture_logs

from proxy.errors import SourceError, StartError
from proxy.workers.channel import ChannelClosedError
from proxy.workers.message_bodies import MessageBody
from proxy.workers.restarts import MOST_DEATHS
from proxy.workers.supervisor import Supervisor
from proxy.workers.worker_slot import WorkerSlot
from tests.fake_clock import FakeClock


async def refuse(slot: WorkerSlot, kind: str, body: MessageBody) -> MessageBody:
    """Answer nothing."""
    raise SourceError(f"{slot.number}: {kind} {body}")


class FakeChannel:
    """A channel to a process with a given behaviour."""

    def __init__(self) -> None:
        self.asked: list[MessageBody] = []
        self.told: list[str] = []
        self.answer: MessageBody | Exception = {"problems": []}
        self.held = False

    async def ask(self, kind: str, **body: object) -> MessageBody:
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


class FakeSlot(WorkerSlot):
    """A slot whose process runs until the test ends it."""

    def __init__(self, number: int) -> None:
        super().__init__(number, (), environ={}, answer=refuse, heard=lambda *_: None)
        self.channel = FakeChannel()  # type: ignore[assignment]
        self.hellos: list[MessageBody] = []
        self.kills = 0
        self.end: asyncio.Future[str]
        self.runs = False

    @property
    def fake(self) -> FakeChannel:
        """The channel."""
        assert isinstance(self.channel, FakeChannel)
        return self.channel

    @property
    def ready(self) -> bool:
        """Whether it runs."""
        return self.runs

    async def run(self, hello: MessageBody) -> str:
        """Run until it is ended."""
        self.hellos.append(hello)
        self.epoch = hello["epoch"]
        self.end = asyncio.get_running_loop().create_future()
        self.runs = True
        self.served(self)
        try:
            return await self.end
        finally:
            self.runs = False

    served: Callable[[WorkerSlot], None]

    def kill(self) -> None:
        """End it."""
        self.kills += 1
        if not self.end.done():
            self.end.set_result("SIGKILL")


class Stage:
    """A supervisor of fakes."""

    def __init__(self, clock: FakeClock, number: int = 2) -> None:
        self.hello: MessageBody = {"epoch": 1}
        self.left: list[tuple[int, bool]] = []
        self.slots = [FakeSlot(each + 1) for each in range(number)]
        self.supervisor = Supervisor(
            self.slots,
            hello=lambda: self.hello,
            left=lambda slot, unasked: self.left.append((slot.number, unasked)),
            clock=clock,
        )
        for slot in self.slots:
            slot.served = self.supervisor.serves


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that the test moves."""
    return FakeClock()


async def test_a_worker_that_dies_is_replaced_with_the_current_configuration(
    clock: FakeClock,
) -> None:
    """At once; the others do not notice."""
    stage = Stage(clock)
    async with stage.supervisor.serving(lambda: 25.0):
        stage.hello = {"epoch": 2}
        with capture_logs() as logs:
            stage.slots[0].end.set_result("SIGKILL")
            await clock.advance(0)
        assert stage.slots[0].hellos == [{"epoch": 1}, {"epoch": 2}]
        assert stage.slots[1].hellos == [{"epoch": 1}]
        assert stage.left == [(1, True)]
        assert [(log["event"], log["worker"], log["how"]) for log in logs] == [
            ("worker died", 1, "SIGKILL")
        ]
        assert [each.replaced for each in stage.supervisor.statuses()] == [1, 0]
        _end(stage.slots)
    assert stage.left[1:] == [(1, False), (2, False)]


async def test_repeated_deaths_end_the_program(clock: FakeClock) -> None:
    """After increasing delays; a supervisor sees the failure."""
    stage = Stage(clock)
    begun = clock.mono()
    with pytest.raises(StartError, match="worker 2 died 8 times in a row: status 3"):
        await _died_always(stage, clock)
    assert len(stage.slots[1].hellos) == MOST_DEATHS
    assert 15 < clock.mono() - begun < 40
    assert not any(slot.runs for slot in stage.slots)


async def _died_always(stage: Stage, clock: FakeClock) -> None:
    async with stage.supervisor.serving(lambda: 0.0):
        while not stage.supervisor.failed.done():
            if stage.slots[1].runs and not stage.slots[1].end.done():
                stage.slots[1].end.set_result("status 3")
            await clock.advance(0.25)
        stage.supervisor.failed.result()


async def test_a_failed_start_is_reported(clock: FakeClock) -> None:
    """No process is left."""
    stage = Stage(clock)

    async def fails(hello: MessageBody) -> str:
        del hello
        raise StartError("no key")

    stage.slots[1].run = fails  # type: ignore[method-assign]
    with pytest.raises(StartError, match="no key"):
        async with stage.supervisor.serving(lambda: 0.0):
            pass
    assert not stage.slots[0].runs


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
        stage.slots[0].end.set_result("SIGKILL")
        await clock.advance(wait)
    stage.slots[0].end.set_result("SIGKILL")
    await clock.advance(1)
    assert (stage.slots[0].runs, stage.slots[1].runs) == (False, True)
    _end(stage.slots[1:])
    leave.set()
    await asyncio.wait_for(leaving, 5)


async def _left(stage: Stage, leave: asyncio.Event | None = None) -> None:
    async with stage.supervisor.serving(lambda: 25.0):
        if leave is not None:
            await leave.wait()


async def test_the_first_worker_decides_about_a_configuration(
    clock: FakeClock,
) -> None:
    """If it refuses, the others do not get it."""
    stage = Stage(clock, 3)
    one, two, three = stage.slots
    async with stage.supervisor.serving(lambda: 0.0):
        one.fake.answer = ChannelClosedError("gone")
        two.fake.answer = {"problems": ["a", "b"]}
        assert await stage.supervisor.accepted({"epoch": 2}) == ("a", "b")
        assert (two.epoch, three.fake.asked) == (1, [])
        two.fake.answer = SourceError("the program failed: KeyError")
        failed = await stage.supervisor.accepted({"epoch": 2})
        assert failed == ("the program failed: KeyError",)
        two.fake.answer = {"problems": []}
        assert await stage.supervisor.accepted({"epoch": 2}) == ()
        assert [slot.epoch for slot in stage.slots] == [1, 2, 1]
        stage.hello = {"epoch": 2}
        three.fake.answer = {"problems": ["only here"]}
        await stage.supervisor.spread({"epoch": 2})
        # It is replaced, and the next one gets it at its start.
        await clock.advance(0)
        assert (three.kills, three.hellos[-1]) == (1, {"epoch": 2})
        _end(stage.slots)


async def test_a_worker_with_an_older_configuration_gets_the_newer(
    clock: FakeClock,
) -> None:
    """It changed while the process started."""
    stage = Stage(clock)
    async with stage.supervisor.serving(lambda: 0.0):
        stage.hello = {"epoch": 5}
        stage.supervisor.serves(stage.slots[0])
        await clock.settle()
        assert stage.slots[0].fake.asked == [{"kind": "configure", "epoch": 5}]
        assert stage.slots[0].epoch == 5
        _end(stage.slots)


async def test_metrics_come_from_workers_that_answer_in_time(clock: FakeClock) -> None:
    """One that hangs or dies meanwhile delays nobody."""
    stage = Stage(clock, 3)
    async with stage.supervisor.serving(lambda: 0.0):
        stage.slots[0].fake.answer = {"streams": []}
        stage.slots[1].fake.held = True
        stage.slots[2].fake.answer = ChannelClosedError("gone")
        gathering = asyncio.create_task(stage.supervisor.gather("streams"))
        await clock.advance(1.5)
        assert await gathering == [{"streams": []}]
        _end(stage.slots)


def _end(slots: Sequence[FakeSlot]) -> None:
    """Let all end when they are told to."""
    for slot in slots:
        slot.fake.tell = lambda _, slot=slot, **__: slot.kill()  # type: ignore[method-assign]

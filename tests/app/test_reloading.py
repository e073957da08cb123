"""Reads the configuration again: all of it takes effect, or nothing does."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from proxy.app.registry import Changes
from proxy.app.reloading import Reloader
from proxy.app.sinks import Sinks
from proxy.errors import BuildError, Problem, SettingsError, StartError
from proxy.events.reload import ReloadOutcome
from proxy.metrics import Metrics
from proxy.observe.event_counts import EventCounts
from proxy.observe.event_log import EventLog
from proxy.service_manager import ServiceManager
from proxy.settings import Settings
from tests.fake_clock import FakeClock
from tests.metrics.samples import samples
from tests.service_manager import lines, listening

Loaded = Callable[..., Settings]
TEXT = '[streams.a]\nurl = "https://h/v.m3u8"\n'
MORE = TEXT + '[streams.b]\nurl = "https://h/w.m3u8"\n'
PROBLEM = Problem("streams.a.url", "is missing", "want the URL of the entry playlist")


class House:
    """A reloader with its settings, and what was reported."""

    def __init__(self, settings: Settings, manager: ServiceManager) -> None:
        self.wanted: Settings | Exception = settings
        self.refuses: Exception | None = None
        self.applied = list[Settings]()
        self.changes = Changes()
        self.clock = FakeClock()
        self.metrics = Metrics("0")
        self.reloader = Reloader(
            settings,
            load=self.load,
            apply=self.apply,
            tell=Sinks(EventCounts(self.metrics), EventLog()).tell,
            manager=manager,
            clock=self.clock,
        )

    def load(self) -> Settings:
        """Return what the file holds now."""
        if isinstance(self.wanted, Exception):
            raise self.wanted
        return self.wanted

    async def apply(self, settings: Settings) -> Changes:
        """Record the settings."""
        if self.refuses is not None:
            raise self.refuses
        self.applied.append(settings)
        return self.changes


@pytest.fixture
def house(loaded: Loaded) -> House:
    """Return a program without a service manager."""
    return House(loaded(TEXT), ServiceManager())


async def test_a_change_takes_effect(house: House, loaded: Loaded) -> None:
    """It is shown on the page, in metrics and in the log."""
    house.wanted, house.changes = loaded(MORE), Changes(add=("b",), keep=("a",))
    await house.clock.advance(5)
    with capture_logs() as logged:
        assert await house.reloader.reload() is ReloadOutcome.APPLIED
    assert house.applied == [house.wanted]
    assert house.reloader.settings == house.wanted
    status = house.reloader.status
    assert (status.last_reload, status.problems) == ("applied", ())
    assert status.loaded_at == house.clock.wall()
    [line] = logged
    assert (line["outcome"], line["added"]) == ("applied", "b")
    numbers = samples(house.metrics)
    assert numbers["config_reloads_total{outcome=applied}"] == 1
    assert numbers["config_last_reload_successful"] == 1
    told = numbers["config_last_reload_success_timestamp_seconds"]
    assert told == house.clock.wall()


async def test_an_equal_configuration_is_reported_as_unchanged(house: House) -> None:
    """It is still applied: a key file may have another content."""
    assert await house.reloader.reload() is ReloadOutcome.UNCHANGED
    assert samples(house.metrics)["config_reloads_total{outcome=unchanged}"] == 1


async def test_a_change_of_the_program_is_a_change(
    house: House, loaded: Loaded
) -> None:
    """Although no stream changes."""
    house.wanted = loaded(f'[log]\nlevel = "debug"\n{TEXT}')
    assert await house.reloader.reload() is ReloadOutcome.APPLIED


@pytest.mark.parametrize(
    ("at", "error", "problems"),
    [
        ("wanted", SettingsError((PROBLEM, PROBLEM)), (str(PROBLEM),) * 2),
        (
            "refuses",
            BuildError((StartError("key.pem is no key"), StartError("b"))),
            ("key.pem is no key", "b"),
        ),
        ("refuses", KeyError("CANARY"), ("the program failed: KeyError",)),
    ],
    ids=["settings", "streams", "a fault"],
)
async def test_a_bad_configuration_is_refused_with_all_its_problems(
    house: House, at: str, error: Exception, problems: tuple[str, ...]
) -> None:
    """With the messages of a start; the old one stays, and the report says so."""
    before = house.reloader.settings
    since = house.clock.wall()
    await house.clock.advance(5)
    setattr(house, at, error)
    with capture_logs() as logged:
        assert await house.reloader.reload() is ReloadOutcome.REFUSED
    status = house.reloader.status
    assert (status.last_reload, status.problems) == ("refused", problems)
    assert status.loaded_at == since
    assert (house.reloader.settings, house.applied) == (before, [])
    assert [line["problem"] for line in logged] == list(problems)
    numbers = samples(house.metrics)
    assert numbers["config_reloads_total{outcome=refused}"] == 1
    assert numbers["config_last_reload_successful"] == 0
    assert numbers["config_last_reload_success_timestamp_seconds"] == since
    setattr(house, at, before if at == "wanted" else None)
    assert await house.reloader.reload() is ReloadOutcome.UNCHANGED
    assert not house.reloader.status.problems
    assert samples(house.metrics)["config_last_reload_successful"] == 1


async def test_settings_that_need_a_restart_are_named(
    house: House, loaded: Loaded
) -> None:
    """Until they are taken back; the rest takes effect."""
    house.wanted = loaded(f'[server]\nlisten = "127.0.0.1:9"\nhosts = ["a"]\n{TEXT}')
    with capture_logs() as logged:
        assert await house.reloader.reload() is ReloadOutcome.APPLIED
    assert house.reloader.status.waiting_for_restart == ("server.listen",)
    assert logged[-1]["key"] == "server.listen"
    server = house.applied[0].server
    assert (server.hosts, [str(each) for each in server.listen]) == (
        ("a",),
        ["127.0.0.1:8080"],
    )
    house.wanted = loaded(TEXT)
    await house.reloader.reload()
    assert not house.reloader.status.waiting_for_restart


async def test_a_request_during_a_reload_causes_another(house: House) -> None:
    """One reload at a time; simultaneous requests share one."""
    running = asyncio.create_task(house.reloader.run())
    for _ in range(3):
        house.reloader.ask()
    async with asyncio.timeout(5):
        while len(house.applied) < 1:  # noqa: ASYNC110 - a thread loads
            await asyncio.sleep(0.01)
        house.reloader.ask()
        while len(house.applied) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.wait({running})
    assert len(house.applied) == 2


@pytest.mark.parametrize("wrong", [False, True])
async def test_the_service_manager_is_notified(
    loaded: Loaded,
    tmp_path: Path,
    wrong: bool,  # noqa: FBT001 - both
) -> None:
    """Reloading, then ready; after a refusal too, since the program goes on."""
    address = str(tmp_path / "notify")
    with listening(address) as heard:
        house = House(loaded(TEXT), ServiceManager(address))
        house.wanted = SettingsError((PROBLEM,)) if wrong else loaded(MORE)
        await house.reloader.reload()
        told = lines(heard, 2)
    mono = int(house.clock.mono() * 1e6)
    assert told[0] == ["RELOADING=1", f"MONOTONIC_USEC={mono}"]
    assert told[1][0] == "READY=1"
    assert ("refused: 1 problems" in told[1][1]) is wrong

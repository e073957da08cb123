"""The soak test: its schedule, its verdict, and a short run."""

import random
import re
from itertools import pairwise
from pathlib import Path

import pytest

from proxy.demo.player import StreamReport
from proxy.demo.record import Record, Refusal, StreamRecord
from proxy.errors import SettingsError
from proxy.settings import Settings, load
from tests.soak import reloads
from tests.soak.__main__ import LEAST_SECONDS, main, soak
from tests.soak.changes import OUTCOMES, Change, State, changes
from tests.soak.process import Sample
from tests.soak.profile import Addresses
from tests.soak.schedule import DOWN_SHARE, LONGEST_SECONDS, Dice, down_at, outages
from tests.soak.verdict import broken_promises, trend

REMOVED = Change.REMOVED
PLAYED = StreamReport("lobby", requests=9, playlists=3, segments=3, failures={})
FLAT = tuple(Sample(float(at), 60.0 + at % 2, 40, 50 + at % 3) for at in range(60))
FAILED = {"refreshed": 9, "failed": 3}


def seeded(seed: int) -> random.Random:
    """Return draws that are the same in every run."""
    return random.Random(seed)  # noqa: S311 - no secret depends on it


@pytest.mark.parametrize("seed", range(5))
def test_the_service_is_down_for_its_share_of_the_time(seed: int) -> None:
    """In outages that a keeper can bridge, and never two at once."""
    schedule = outages(600.0, seeded(seed))
    down = sum(each.ends - each.begins for each in schedule)
    assert down / 600.0 == pytest.approx(DOWN_SHARE, abs=0.02)
    assert max(each.ends - each.begins for each in schedule) <= LONGEST_SECONDS
    ends = [0.0, *(each.ends for each in schedule)]
    assert all(e.begins > end for e, end in zip(schedule, ends, strict=False))
    assert down_at(schedule, schedule[0].begins) is schedule[0].how
    assert down_at(schedule, schedule[0].ends) is None


def test_a_seed_determines_the_schedule() -> None:
    """A failure can be repeated."""
    assert outages(60.0, seeded(3)) == outages(60.0, seeded(3))
    assert outages(60.0, seeded(3)) != outages(60.0, seeded(4))


def test_the_configured_share_of_requests_fails() -> None:
    """With each kind of fault."""
    dice = Dice(seeded(1))
    thrown = [dice() for _ in range(10_000)]
    assert 70 <= sum(fault is not None for fault in thrown) <= 130
    assert min(dice.faults.values()) > 0


def broken(
    *,
    stream: StreamReport = PLAYED,
    record: StreamRecord | None = None,
    refreshes: dict[str, int] | None = None,
    samples: tuple[Sample, ...] = FLAT,
) -> list[str]:
    """Return the broken promises."""
    seen = Record({"lobby": record or StreamRecord()})
    told = FAILED if refreshes is None else refreshes
    return list(broken_promises([stream], seen, told, samples))


def test_kept_promises_pass() -> None:
    """Memory and tasks may vary a little."""
    assert broken() == []


def test_anything_that_a_viewer_notices_fails() -> None:
    """And so does a stream that did not play."""
    noticed = StreamReport(
        "a", 1, playlists=1, segments=1, failures={"main: the picture stood still": 2}
    )
    assert "2 x main: the picture stood still" in broken(stream=noticed)[0]
    assert (
        "did not play"
        in broken(stream=StreamReport("a", 1, playlists=1, segments=0, failures={}))[0]
    )


@pytest.mark.parametrize(
    "record",
    [
        StreamRecord(refusals={Refusal.EXPIRED_TOKEN: 1}),
        StreamRecord(refusals={Refusal.MISSING_TOKEN: 1}),
        StreamRecord(stray_tokens=1),
    ],
)
def test_a_token_that_should_not_have_been_sent_fails(record: StreamRecord) -> None:
    """An expired one, a missing one, or one in the wrong place."""
    assert len(broken(record=record)) == 1


def test_a_platforms_signature_may_expire() -> None:
    """That is why URLs are resolved again."""
    assert broken(record=StreamRecord(refusals={Refusal.EXPIRED_CHILD: 9})) == []


def test_a_soak_without_faults_proves_nothing() -> None:
    """Here the service was never down."""
    assert len(broken(refreshes={"refreshed": 9})) == 1


@pytest.mark.parametrize(
    "sample",
    [
        lambda at: Sample(at, 60.0 + at / 2, 40, 50),
        lambda at: Sample(at, 60.0, 40 + at, 50),
        lambda at: Sample(at, 60.0, 40, 50 + at),
    ],
    ids=["memory", "descriptors", "tasks"],
)
def test_growth_fails(sample) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """It would go on for days."""
    assert len(broken(samples=tuple(sample(at) for at in range(60)))) == 1


def test_temporary_work_is_not_growth() -> None:
    """An outage delays requests; after it they are gone."""
    held = tuple(
        Sample(float(at), 60.0, 40, 50 + 30 * (at % 3 > 0)) for at in range(60)
    )
    assert broken(samples=(*FLAT[:30], *held[30:])) == []


def test_a_trend_ignores_the_warm_up() -> None:
    """Caches fill at first."""
    samples = tuple(Sample(float(at), min(at, 15), 0, 0) for at in range(60))
    found = trend("memory", samples, [s.rss for s in samples])
    assert (found.before, found.after, found.per_hour) == (15, 15, 0)


async def test_a_short_soak_passes(tmp_path: Path) -> None:
    """All of it for some seconds: outages, faults, a new key."""
    seen = await soak(LEAST_SECONDS, 1, tmp_path)
    # Beside other tests the players themselves lack CPU time: pictures stand still with
    # any server. Some seconds are all warm-up, so memory still grows in them.
    # `make soak` has the machine for itself and ten minutes, and checks both.
    later = re.compile("stood still|memory grew")
    assert [each for each in seen.problems if not later.search(each)] == []
    assert seen.service.asked.keys() > {"up"}
    log = (tmp_path / "proxy.log").read_text()
    assert "eyJ" not in log


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ten", "1"], "argument SECONDS: invalid float value: 'ten'"),
        (["60", "x"], "argument SEED: invalid int value: 'x'"),
        (["60"], "the following arguments are required: SEED"),
        (["nan", "1"], "SECONDS: nan; expected 20 or more"),
        # If it ended before the old key is withdrawn, it would prove nothing about it.
        (["19", "1"], "SECONDS: 19; expected 20 or more"),
    ],
)
def test_its_arguments_are_seconds_and_a_seed(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in the Makefile."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("seed", range(5))
def test_each_change_is_equally_frequent(seed: int) -> None:
    """A stream is added before it is removed, and neither happens twice."""
    schedule = changes(201, seeded(seed))
    assert schedule == changes(201, seeded(seed))
    counts = [schedule.count(each) for each in Change]
    assert max(counts) - min(counts) <= 2
    extra = [each for each in schedule if each in {Change.ADDED, Change.REMOVED}]
    assert extra[0] is Change.ADDED
    assert all(one is not other for one, other in pairwise(extra))


def test_each_change_does_what_its_name_says(tmp_path: Path) -> None:
    """As seen in the program's settings."""
    (tmp_path / "key").write_text("a key")
    (tmp_path / "key").chmod(0o600)
    config = tmp_path / "config.toml"
    where = Addresses(
        1,
        "http://127.0.0.1:2",
        edge="http://127.0.0.1:3",
        service="http://h",
        key=tmp_path / "key",
    )

    def settings(state: State, change: Change) -> Settings:
        config.write_text(state.text(where, change))
        return load(config, environ={})

    first = State()
    before = settings(first, Change.NOTHING).streams
    for change, outcome in OUTCOMES.items():
        state = first.after(change)
        if outcome == "refused":
            with pytest.raises(SettingsError):
                settings(state, change)
            continue
        after = settings(state, change).streams
        assert (after != before) is (outcome == "applied" and change is not REMOVED)
    extra = settings(first.after(Change.ADDED), Change.ADDED).streams
    assert extra.keys() - before.keys() == {"extra"}
    other = settings(first.after(Change.SOURCE), Change.SOURCE).streams
    differ = {name for name in before if before[name] != other[name]}
    assert differ == {"asked-vod", "asked-live", "login-vod", "login-live"}


async def test_a_short_soak_with_reloads_passes(tmp_path: Path) -> None:
    """Each kind of change once, while twenty players play."""
    seen = await reloads.soak(reloads.LEAST_SECONDS, 1, tmp_path)
    # As above: some seconds are all warm-up, and other tests use the machine.
    later = re.compile("stood still|memory grew|not flat")
    assert [each for each in seen.problems if not later.search(each)] == []
    assert seen.made.keys() == set(Change)
    log = (tmp_path / "proxy.log").read_text()
    assert "eyJ" not in log


def test_a_soak_with_reloads_has_time_for_all_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without a broken file, for example, it would prove nothing about one."""
    with pytest.raises(SystemExit):
        reloads.main(["23", "1"])
    assert "SECONDS: 23; expected 24 or more\n" in capsys.readouterr().err

"""A keeper and its login, in any sequence of events.

The service may answer anything, the clock may jump, callers may leave, the program may
stop or be killed at any await. A login is lost only with an answer that never came, and
that is reported. No source is called more often than allowed. No token is handed out
before its `nbf` or after its expiry.
"""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.contract.keeper_world import Says, Service, World
from tests.fake_clock import FakeClock
from tests.tokens.files import secret

MOST_FAILURES, MOST_TOKENS = 8 + 12 + 1, 3 + 120 + 1

lives = st.sampled_from([0.5, 1.0, 1.5, 2.0, 6.0, 25.0, 60.0, 3600.0, 1e6])
retries = st.sampled_from([None, "0", "1", "20", "Thu, 01 Jan 1970 00:00:00 GMT"])


class KeeperStates(RuleBasedStateMachine):
    """What may happen to a program, its players and its token service."""

    @initialize(once=st.booleans())
    def begin(self, *, once: bool) -> None:
        """Start the program with a valid login."""
        self.folder = tempfile.TemporaryDirectory()
        self.path = secret(Path(self.folder.name) / "login", b"r1")
        self.service, self.once = Service(), once
        self.killed = list[World]()
        self.world = World(self.service, FakeClock(), path=self.path, once=once)

    @rule(
        says=st.builds(
            Says,
            takes=st.sampled_from([0.0, 0.0, 0.3, 2.5, 10.5, 30.0]),
            status=st.sampled_from([200] * 8 + [403, 404, 429, 503]),
            lives=lives,
            starts=st.sampled_from([-10.0, 0.0, 4.0, 7.0, 100.0]),
            refresh_in=st.sampled_from([None, None, 0.001, 10.0]),
            retry_after=retries,
            garbled=st.sampled_from([False] * 9 + [True]),
            breaks=st.sampled_from([False] * 9 + [True]),
        )
    )
    def the_service_changes(self, says: Says) -> None:
        """Change how it answers from the next call on."""
        self.service.says = says

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 5.0, 30.0, 120.0]))
    def time_passes(self, seconds: float) -> None:
        """Advance both clocks."""
        self.world.run(self.world.clock.advance(seconds))

    @rule(turns=st.integers(1, 12))
    def a_moment_passes(self, turns: int) -> None:
        """Let tasks run for a few awaits only."""
        self.world.run(self.world.clock.settle(turns))

    @rule(seconds=st.sampled_from([-7200.0, -3.0, 3.0, 61.0, 7200.0]))
    def the_clock_jumps(self, seconds: float) -> None:
        """Suspend the machine, or change its clock."""
        self.world.run(self.world.clock.jump(seconds))

    @rule(count=st.integers(1, 5))
    def players_ask(self, count: int) -> None:
        """Ask for tokens, at the same time."""
        for _ in range(count):
            self.world.asking.append(self.world.loop.create_task(self.world.player()))
        self.world.run(self.world.clock.settle(count))

    @precondition(lambda self: self.world.handed)
    @rule(back=st.integers(1, 3))
    def the_upstream_refuses(self, back: int) -> None:
        """Refuse an earlier token, or the latest."""
        kept = self.world.handed[-min(back, len(self.world.handed))]
        task = self.world.loop.create_task(self.world.player(kept))
        self.world.asking.append(task)

    @precondition(lambda self: self.world.handed)
    @rule()
    def the_upstream_accepts(self) -> None:
        """Accept the latest token."""
        self.world.keeper.accepted(self.world.handed[-1])

    @precondition(lambda self: self.world.asking)
    @rule(which=st.integers(0, 100))
    def a_player_hangs_up(self, which: int) -> None:
        """Cancel a request, wherever it waits."""
        asking = self.world.asking
        asking.pop(which % len(asking)).cancel()

    @rule()
    def somebody_logs_in_anew(self) -> None:
        """Write a valid token to the file while nothing is in progress."""
        if self.world.under_way:
            return
        secret(self.path, f"r{self.service.good}".encode())
        self.service.lost = False

    @rule()
    def the_program_is_restarted(self) -> None:
        """Stop it cleanly: answers to sent requests arrive within the grace time."""
        self.world.run(self.world.stop())
        self._start()

    @rule()
    def the_program_is_killed(self) -> None:
        """Stop its loop for good: none of it ever runs again."""
        if self.world.under_way:
            self.service.lost = True
        self._start()

    def _start(self) -> None:
        before = self.world
        self.killed.append(before)
        clock = FakeClock(before.clock.wall())
        self.world = World(self.service, clock, path=self.path, once=self.once)

    @invariant()
    def no_login_is_lost(self) -> None:
        """Check that the file holds the valid one, unless an answer never came."""
        if not self.world.under_way and not self.service.lost:
            flight = self.world.login.exchanging
            assert flight or self.path.read_text() == f"r{self.service.good}"

    @invariant()
    def a_lost_login_is_said_to_be_lost(self) -> None:
        """Check that it is reported, with advice."""
        for report in self.world.reports.all:
            if "invalid_grant" in report.detail:
                assert "log in anew" in report.detail

    @invariant()
    def no_token_is_handed_out_too_soon_or_too_late(self) -> None:
        """Check how each was judged when it came."""
        assert self.world.wrong == []

    @invariant()
    def the_service_is_asked_within_bounds(self) -> None:
        """Check the calls per minute, whatever it answers."""
        for times, most in (
            (self.world.failed, MOST_FAILURES),
            (self.world.came, MOST_TOKENS),
        ):
            for begun in times:
                found = sum(begun <= at < begun + 60 for at in times)
                assert found <= most

    def teardown(self) -> None:
        """Clean up all worlds."""
        for world in (*self.killed, self.world):
            world.forget()
        self.folder.cleanup()


TestKeeperStates = KeeperStates.TestCase
TestKeeperStates.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None
)

"""Every profile plays from an emulation of its platform, over many tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.fake_clock import FakeClock
from tests.providers.emulation.asks import Reason, Role
from tests.providers.emulation.play import Player, leaks
from tests.providers.emulation.server import emulated
from tests.providers.emulation.stage import Stage, profiled, staged
from tests.providers.platforms import jwt_platforms
from tests.providers.platforms.row import LIFETIME, Emulated, Row
from tests.providers.platforms.table import GROUPS, ROWS

LIFETIMES = 4
PAUSE_AFTER = 0
"""The lifetime after which the player stands still for the length of another."""
# What a platform signed by itself ends without a word: it has to be tried.
ENDED = {(role, Reason.EXPIRED) for role in Role}


@dataclass(frozen=True, slots=True)
class Scene:
    """The program of a row before its platform."""

    row: Row
    made: Emulated
    stage: Stage
    folder: Path

    def tend(self) -> None:
        """Do what somebody else does meanwhile."""
        self.row.tend(self.made, self.folder, self.stage.clock.wall())

    def player(self) -> Player:
        """Return somebody who wants to see it."""
        return Player(self.stage, self.tend)


@asynccontextmanager
async def playing(row: Row, folder: Path) -> AsyncIterator[Scene]:
    """Run the program of a row before its platform."""
    clock, cast = FakeClock(), row.cast
    made = row.emulate(profiled(cast.profile, cast.stream))
    row.tend(made, folder, clock.wall())
    async with (
        emulated(made.platform, clock=clock, services=made.services) as emulation,
        staged(cast, emulation, clock, folder, member=row.member) as stage,
    ):
        yield Scene(row, made, stage, folder)


def test_no_two_rows_share_a_name() -> None:
    """One would hide the other."""
    assert len(ROWS) == sum(map(len, GROUPS))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
async def test_a_profile_plays_over_many_tokens(row: Row, tmp_path: Path) -> None:
    """Each byte comes, through a pause and a restart; no token is wrong or shown."""
    async with playing(row, tmp_path) as scene:
        stage = scene.stage
        steps = round(LIFETIME / scene.made.platform.programme.seconds)
        player = scene.player()
        for lifetime in range(LIFETIMES):
            # Somebody tunes in, and the first one plays on.
            await scene.player().begin()
            if lifetime == 0:
                await player.begin()
            await player.play(steps, restart=lifetime == LIFETIMES // 2)
            if lifetime == PAUSE_AFTER:
                await player.pause(steps)
        record = stage.emulation.record
        assert not record.own_refusals()
        assert set(record.refusals()) <= ENDED
        assert not record.strays()
        assert not leaks(stage)
        assert len(record.shown()) >= (LIFETIMES if row.renewed else 1)


@pytest.mark.parametrize(
    ("overrides", "found"),
    [
        ({"token__key_id": "another"}, "own_refusals"),
        ({"reach": "all", "reach_origins": "[$origins]"}, "strays"),
    ],
)
async def test_a_profile_that_is_wrong_is_found_out(
    overrides: dict[str, str], found: str, tmp_path: Path
) -> None:
    """Otherwise the test above could not fail."""
    right = jwt_platforms.ROWS["fastpix"]
    cast = replace(right.cast, overrides={**right.cast.overrides, **overrides})
    # The platform goes by the profile, not by what is laid over it.
    async with playing(replace(right, cast=cast), tmp_path) as scene:
        with suppress(AssertionError):
            await scene.player().begin()
        assert getattr(scene.stage.emulation.record, found)()

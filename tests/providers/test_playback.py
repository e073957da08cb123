"""Every profile plays from an emulation of its platform, over many tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from proxy.demo import keys
from tests.fake_clock import FakeClock
from tests.providers.emulation.asks import Reason, Reply, Role
from tests.providers.emulation.play import Player, leaks
from tests.providers.emulation.server import emulated
from tests.providers.emulation.service import limited
from tests.providers.emulation.stage import Stage, profiled, staged
from tests.providers.platforms import jwt_platforms
from tests.providers.platforms.jwt_platforms import P256, P384, in_base64
from tests.providers.platforms.row import (
    LIFETIME,
    PKCS1,
    PKCS8,
    Emulated,
    Row,
    Table,
    ec_pair,
)
from tests.providers.platforms.table import GROUPS, ROWS

LIFETIMES = 4
PAUSE_IN = 1
"""The lifetime in which all players pause, for as long as another lifetime."""
# A URL that the platform signed expires without notice: it has to be tried.
ENDED = {(role, Reason.EXPIRED) for role in Role}


# Their tokens are made or fetched without a secret.
WITHOUT_SECRET = {"bearer-file", "gcore-pairs"}
ANOTHER_RSA = keys.generate().private_pem


@dataclass(frozen=True, slots=True)
class Scene:
    """The program of a row before its platform."""

    row: Row
    made: Emulated
    stage: Stage
    folder: Path

    def tend(self) -> None:
        """Do what others do meanwhile."""
        self.row.tend(self.made, self.folder, self.stage.clock.wall())

    def player(self) -> Player:
        """Return a player of the stream."""
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
    """Every byte arrives, despite a pause and a restart; no token is wrong or shown."""
    async with playing(row, tmp_path) as scene:
        stage = scene.stage
        steps = round(LIFETIME / scene.made.platform.programme.seconds)
        player = scene.player()
        for lifetime in range(LIFETIMES):
            # Another player starts, and the first one plays on.
            await scene.player().begin()
            if lifetime == 0:
                await player.begin()
            if lifetime == PAUSE_IN:
                await player.pause(steps)
            await player.play(steps, restart=lifetime == LIFETIMES // 2)
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
async def test_a_wrong_profile_is_detected(
    overrides: dict[str, str], found: str, tmp_path: Path
) -> None:
    """Otherwise the test above could not fail."""
    right = jwt_platforms.ROWS["fastpix"]
    cast = replace(right.cast, overrides={**right.cast.overrides, **overrides})
    # The platform follows the profile, not the overrides.
    async with playing(replace(right, cast=cast), tmp_path) as scene:
        with suppress(AssertionError):
            await scene.player().begin()
        assert getattr(scene.stage.emulation.record, found)()


def others(secret: str) -> str:
    """Return another secret of the same form."""
    for pem, other in (
        (PKCS1, ANOTHER_RSA),
        (PKCS8, ANOTHER_RSA),
        (P384.private, ec_pair(ec.SECP384R1()).private),
        (in_base64(P256.private), ec_pair(ec.SECP256R1()).private),
    ):
        if secret == pem:
            return other
    middle = len(secret) // 2
    changed = "1" if secret[middle] != "1" else "2"
    return f"{secret[:middle]}{changed}{secret[middle + 1 :]}"


@pytest.mark.parametrize("name", [name for name in ROWS if name not in WITHOUT_SECRET])
async def test_a_platform_refuses_another_secret(name: str, tmp_path: Path) -> None:
    """Only the key, the password or the API token is different."""
    row = ROWS[name]
    secrets = {file: others(secret) for file, secret in row.cast.secrets.items()}
    wrong = replace(row, cast=replace(row.cast, secrets=secrets))
    async with playing(wrong, tmp_path) as scene:
        path = f"/{scene.stage.local}/index.m3u8"
        entry = await scene.stage.get(path, patience=0.1)
        assert entry.status in {502, 503}
        assert not scene.stage.emulation.record.shown()
        assert not leaks(scene.stage)


async def test_players_do_not_notice_an_outage_of_a_token_service(
    tmp_path: Path,
) -> None:
    """If it is shorter than the remaining lifetime of the token."""
    async with playing(ROWS["oauth2"], tmp_path) as scene:
        (service,) = scene.made.services
        player = scene.player()
        await player.begin()
        await player.play(2)
        for answers in ("503", "429", "nonsense"):
            asked, given = service.asked, service.given
            service.down = answers == "503"
            if answers == "429":
                service.faults.append(limited(5))
            if answers == "nonsense":
                service.faults.append(Reply(200, b"<html>", "text/html"))
            await player.play(1)
            service.down = False
            await player.play(3)
            assert service.asked > asked + 1
            assert service.given > given
        assert not scene.stage.emulation.record.refusals()
        assert not leaks(scene.stage)


async def test_revoked_tokens_cause_one_request_for_a_newer_one(tmp_path: Path) -> None:
    """Players do not notice."""
    async with playing(ROWS["oauth2"], tmp_path) as scene:
        (service,) = scene.made.services
        player = scene.player()
        await player.begin()
        await player.play(1)
        given = service.given
        service.revoke()
        await player.play(1)
        assert service.given == given + 1
        assert scene.stage.emulation.record.refusals().total() == 1


@pytest.mark.parametrize("name", ["fastpix-live", "mux-live", "mediamtx"])
async def test_a_stream_that_has_not_begun_is_awaited(
    name: str, tmp_path: Path
) -> None:
    """The player is told to retry later. At most one newer token is tried.

    A token that was never accepted may have expired: some platforms answer 404 then.
    """
    row = ROWS[name]
    begins = FakeClock().wall() + 30.0

    def emulate(table: Table) -> Emulated:
        made = row.emulate(table)
        return replace(made, platform=replace(made.platform, starts_at=begins))

    async with playing(replace(row, emulate=emulate), tmp_path) as scene:
        path = f"/{scene.stage.local}/index.m3u8"
        entry = await scene.stage.get(path, patience=0.1)
        assert (entry.status, "Retry-After" in entry.headers) == (503, True)
        assert len(scene.stage.emulation.record.shown()) <= 2
        await scene.stage.clock.advance(30.0)
        await scene.player().begin()
        assert not scene.stage.emulation.record.refusals()

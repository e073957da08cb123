"""Upkeep checks the files of a source."""

import contextlib
import random
from pathlib import Path

import pytest

from proxy.core.tokens.token import Token
from proxy.secret_file import SecretFile
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.sources.file import FileSource
from proxy.tokens.sources.sign_jwt import JwtSigner
from tests.fake_clock import FakeClock
from tests.tokens.files import key_pem, mount, swap
from tests.tokens.scripted import (
    Reports,
    ScriptedSource,
    asking,
    keeper_of,
    seeded,
)

OLD, NEW = key_pem("old"), key_pem("new")


def signer(folder: Path, clock: FakeClock, rng: random.Random) -> JwtSigner:
    """Return a source that signs with the key and id in the folder."""
    return JwtSigner(
        claims={"exp": "{expires}"},
        headers={"kid": "{key_id}"},
        lifetime=60.0,
        key=SigningKey(
            algorithm="ES256",
            key=SecretFile(folder / "key.pem"),
            key_id=SecretFile(folder / "kid"),
        ),
        clock=clock,
        rng=rng,
    )


def kid(token: Token) -> str:
    """Return the header of a signed token, which names its key."""
    return token.fields["token"].partition(".")[0]


async def test_r6_replacing_the_credential_file_ends_a_permanent_error(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Within 6 s, without a restart."""
    secret = mount(tmp_path, {"token": b""})
    keeper = keeper_of(FileSource(SecretFile(secret / "token"), clock=clock), clock)
    async with keeper.running():
        await clock.advance(20)
        assert not keeper.usable
        swap(tmp_path, {"token": b"good"})
        await clock.advance(6)
        assert (await keeper.token()).token.fields == {"token": "good"}


async def test_r6_a_keeper_without_a_task_checks_the_file_when_asked(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Like those of a family's members: the next request after 5 s gets the token."""
    secret = mount(tmp_path, {"token": b""})
    keeper = keeper_of(FileSource(SecretFile(secret / "token"), clock=clock), clock)
    assert (await asking(clock, keeper.token)).error is not None
    swap(tmp_path, {"token": b"good"})
    await clock.advance(5)
    answer = await asking(clock, keeper.token)
    assert answer.kept is not None
    assert answer.kept.token.fields == {"token": "good"}


@pytest.mark.parametrize("runs", [True, False])
async def test_r6_players_wait_no_longer_than_until_the_next_check(
    clock: FakeClock, tmp_path: Path, *, runs: bool
) -> None:
    """A player is told to come back within 5 s, not after the permanent error."""
    source = FileSource(SecretFile(tmp_path / "missing"), clock=clock)
    keeper = keeper_of(source, clock)
    async with keeper.running() if runs else contextlib.nullcontext():
        for _ in range(70):
            answer = await asking(clock, keeper.token)
            assert answer.error is not None
            assert 1 <= answer.error.retry_after <= 5
            await clock.advance(1)


async def test_r11_a_token_file_that_kubernetes_swaps_is_noticed(
    clock: FakeClock, tmp_path: Path
) -> None:
    """The new token is used within 6 s, the old one until then."""
    secret = mount(tmp_path, {"token": b"one"})
    keeper = keeper_of(FileSource(SecretFile(secret / "token"), clock=clock), clock)
    async with keeper.running():
        await clock.advance(7)
        swap(tmp_path, {"token": b"two"})
        assert (await keeper.token()).token.fields == {"token": "one"}
        await clock.advance(6)
        assert (await keeper.token()).token.fields == {"token": "two"}


async def test_r11_a_rotated_key_signs_within_6_s(
    clock: FakeClock, tmp_path: Path
) -> None:
    """With its new id, and no request fails meanwhile."""
    secret = mount(tmp_path, {"key.pem": OLD, "kid": b"old"})
    keeper = keeper_of(signer(secret, clock, seeded()), clock, local=True)
    async with keeper.running():
        await clock.advance(7)
        before = await keeper.token()
        swap(tmp_path, {"key.pem": NEW, "kid": b"new"})
        for _ in range(6):
            await keeper.token()
            await clock.advance(1)
        after = await keeper.token()
    assert kid(before.token) != kid(after.token)
    assert after.generation == before.generation + 1


async def test_r11_a_corrupt_key_is_counted_and_the_old_one_stays(
    clock: FakeClock, tmp_path: Path, reports: Reports
) -> None:
    """For as long as it takes; then the corrected one is used."""
    secret = mount(tmp_path, {"key.pem": OLD, "kid": b"old"})
    keeper = keeper_of(signer(secret, clock, seeded()), clock, reports, local=True)
    async with keeper.running():
        before = kid((await keeper.token()).token)
        swap(tmp_path, {"key.pem": b"corrupt", "kid": b"new"})
        for _ in range(120):
            await clock.advance(1)
            assert kid((await keeper.token()).token) == before
        assert reports.outcomes["failed"] == 1
        assert keeper.generation >= 3
        swap(tmp_path, {"key.pem": NEW, "kid": b"new"})
        await clock.advance(6)
        assert kid((await keeper.token()).token) != before


async def test_files_are_not_checked_too_often(clock: FakeClock) -> None:
    """Every 5 s; an unchanged one causes nothing."""

    class Watched(ScriptedSource):
        looks = 0

        def fingerprint(self) -> bytes:
            """Count."""
            self.looks += 1
            return b"same"

    source = Watched(clock, lifetime=None)
    async with keeper_of(source, clock).running():
        await clock.advance(60)
    assert (len(source.asked), source.looks) == (1, 13)


async def test_a_changed_file_is_read_although_nobody_plays(
    clock: FakeClock, tmp_path: Path
) -> None:
    """A bad secret shows when it is written, not when the next player comes."""
    secret = mount(tmp_path, {"token": b"one"})
    source = FileSource(SecretFile(secret / "token"), clock=clock)
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(3600)
        assert keeper.cold
        swap(tmp_path, {"token": b""})
        await clock.advance(6)
        assert not keeper.cold

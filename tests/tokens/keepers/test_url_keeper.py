"""Tokens for one URL each: signed when used, with a key that may change."""

import asyncio

import pytest

from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.tokens.keepers.url_keeper import UrlKeeper
from tests.fake_clock import FakeClock
from tests.tokens.scripted import UNREACHABLE, Reports

A, B = "https://h/a.ts", "https://h/b.ts?x=1"


class Signer:
    """Signs with a numbered key; reports a bad one once, as keys do."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.lifetime = 60.0
        self.key = 1
        self.complaint: SourceError | None = None
        self.failure: SourceError | None = None
        self.signed: list[str] = []

    def sign(self, url: str) -> Token:
        """Sign, or say why not."""
        self.signed.append(url)
        if self.failure is not None:
            raise self.failure
        if self.complaint is not None:
            complaint, self.complaint = self.complaint, None
            raise complaint
        fields = {"token": f"{url}|{self.key}"}
        return Token(fields, expires_at=self.clock.wall() + self.lifetime)

    def fingerprint(self) -> bytes:
        """Return what changes with the key."""
        return b"%d" % self.key


@pytest.fixture
def signer(clock: FakeClock) -> Signer:
    """Return a signer of tokens that live for 60 s."""
    return Signer(clock)


def keeper_of(signer: Signer, reports: Reports | None = None) -> UrlKeeper:
    """Return a keeper on the signer's clock."""
    report = Reports() if reports is None else reports
    return UrlKeeper(signer, stream="lobby", clock=signer.clock, report=report)


async def test_each_url_gets_its_own_token_when_it_is_used(
    clock: FakeClock, signer: Signer
) -> None:
    """Nothing is signed in advance."""
    kept = await keeper_of(signer).token()
    assert signer.signed == []
    assert kept.of(A).fields == {"token": f"{A}|1"}
    assert kept.of(B).fields == {"token": f"{B}|1"}
    await clock.advance(3600)
    assert kept.of(A).expires_at == clock.wall() + 60


async def test_r4_an_expired_signature_is_never_sent(
    clock: FakeClock, signer: Signer
) -> None:
    """A signer whose expiry does not move, or a clock that is far behind."""
    keeper = keeper_of(signer)
    signer.lifetime = 0.0
    kept = await keeper.token()
    with pytest.raises(TokenUnavailableError):
        kept.of(A)
    assert not keeper.usable
    signer.lifetime = 60.0
    keeper.measured(40.0)
    kept.of(A)
    assert keeper.usable
    del clock


async def test_r10_50_refusals_at_a_time_force_one_new_generation(
    signer: Signer, reports: Reports
) -> None:
    """All of them use the next generation, which is reported once."""
    keeper = keeper_of(signer, reports)
    old = await keeper.token()
    old.of(A)
    newer = await asyncio.gather(*(keeper.refused(old) for _ in range(50)))
    assert {kept.generation for kept in newer} == {2}
    for kept in newer:
        kept.of(A)
    assert [report.generation for report in reports.all] == [1, 2]
    assert reports.outcomes == {"minted": 2}


async def test_r10_a_lasting_refusal_forces_at_most_3_signings_a_minute(
    clock: FakeClock, signer: Signer, reports: Reports
) -> None:
    """At 100 requests a second; the others fail at once."""
    keeper = keeper_of(signer, reports)
    forced: list[float] = []

    async def request() -> None:
        kept = await keeper.token()
        if (await keeper.refused(kept)).generation != kept.generation:
            forced.append(clock.mono())

    for _ in range(240):
        for _ in range(100):
            await request()
        await clock.advance(1)
    assert len(forced) >= 3
    assert all(sum(at <= each < at + 60 for each in forced) <= 3 for at in forced)
    assert reports.outcomes["rejected"] >= 2


async def test_r10_an_accepted_signature_resets_the_count(
    clock: FakeClock, signer: Signer, reports: Reports
) -> None:
    """Refusals that a new signature cures are never taken for lasting ones."""
    keeper = keeper_of(signer, reports)
    kept = await keeper.token()
    for _ in range(10):
        newer = await keeper.refused(kept)
        assert newer.generation == kept.generation + 1
        keeper.accepted(newer)
        kept = newer
        await clock.advance(30)
    assert reports.outcomes["rejected"] == 0


async def test_r11_another_key_is_another_generation_within_6_s(
    clock: FakeClock, signer: Signer
) -> None:
    """So a refusal of the old key's signature forces nothing."""
    keeper = keeper_of(signer)
    old = await keeper.token()
    signer.key = 2
    await clock.advance(6)
    kept = await keeper.token()
    assert (kept.generation, kept.of(A).fields["token"]) == (2, f"{A}|2")
    assert (await keeper.refused(old)).generation == 2


async def test_r11_a_corrupt_key_is_counted_and_the_old_one_stays(
    signer: Signer, reports: Reports
) -> None:
    """No request fails for it."""
    keeper = keeper_of(signer, reports)
    signer.complaint = SourceError("no key", recoverable=False)
    assert (await keeper.token()).of(A).fields == {"token": f"{A}|1"}
    assert reports.outcomes == {"failed": 1, "minted": 1}
    assert reports.all[0].reason == "permanent"
    assert keeper.usable


async def test_r14_a_late_refusal_of_an_old_generation_forces_nothing(
    signer: Signer,
) -> None:
    """The current one is tried instead."""
    keeper = keeper_of(signer)
    old = await keeper.token()
    newer = await keeper.refused(old)
    assert (await keeper.refused(old)).generation == newer.generation == 2


async def test_a_failing_signer_fails_the_request_and_is_reported_once(
    clock: FakeClock, signer: Signer, reports: Reports
) -> None:
    """It works again as soon as it can."""
    keeper = keeper_of(signer, reports)
    signer.failure = UNREACHABLE
    kept: KeptToken = await keeper.token()
    for _ in range(100):
        with pytest.raises(TokenUnavailableError, match=r"id\.test"):
            kept.of(A)
        await clock.advance(0.02)
    assert reports.outcomes == {"failed": 1}
    signer.failure = None
    assert kept.of(A).fields
    assert keeper.usable
    assert keeper.seconds_left() is None


async def test_running_it_needs_nothing(signer: Signer) -> None:
    """It has no task."""
    async with keeper_of(signer).running():
        assert len(asyncio.all_tasks()) == 1


async def test_a_signature_shows_until_when_it_may_be_sent(
    clock: FakeClock, signer: Signer
) -> None:
    """Each from when it was signed."""
    keeper = keeper_of(signer)
    for skew in (0.0, 10.0):
        keeper.measured(skew)
        token = (await keeper.token()).of(A)
        assert token.until == pytest.approx(clock.wall() + 58.8 - skew / 5)
        await clock.advance(1)

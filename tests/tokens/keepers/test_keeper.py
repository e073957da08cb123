"""What every keeper must do, whatever its tokens are bound to."""

from collections.abc import Callable

import pytest

from proxy.core.tokens.token import Token
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.keepers.once_keeper import OnceKeeper
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.keepers.url_keeper import UrlKeeper
from tests.fake_clock import FakeClock
from tests.tokens.scripted import Reports, ScriptedSource, seeded

URL = "https://cdn.test/v.m3u8"


class Signing(ScriptedSource):
    """A source that also signs any URL, and depends on a file."""

    def sign(self, url: str) -> Token:
        """Sign."""
        return Token({"token": url}, expires_at=self.clock.wall() + 60.0)

    def fingerprint(self) -> bytes:
        """Return what changes with the file."""
        return b"file"


def for_stream(source: Signing, reports: Reports) -> Keeper:
    """Return a keeper of one token for the stream."""
    return StreamKeeper(
        source,
        stream="lobby",
        local=False,
        clock=source.clock,
        rng=seeded(),
        report=reports,
    )


def for_requests(source: Signing, reports: Reports) -> Keeper:
    """Return a keeper of one token for each request."""
    return OnceKeeper(
        source,
        stream="lobby",
        local=False,
        clock=source.clock,
        rng=seeded(),
        report=reports,
    )


def for_urls(source: Signing, reports: Reports) -> Keeper:
    """Return a keeper of one token for each URL."""
    return UrlKeeper(source, stream="lobby", clock=source.clock, report=reports)


Build = Callable[[Signing, Reports], Keeper]
KEEPERS: tuple[Build, ...] = (for_stream, for_requests, for_urls)
by_keeper = pytest.mark.parametrize("build", KEEPERS, ids=["stream", "once", "url"])


@by_keeper
async def test_its_tokens_may_be_used_now(clock: FakeClock, build: Build) -> None:
    """They show until when, by our clock."""
    keeper = build(Signing(clock), Reports())
    async with keeper.running():
        keeper.played()
        keeper.measured_issuer(1.0)
        keeper.measured(10.0)
        token = (await keeper.token()).of(URL)
        assert token.until == pytest.approx(clock.wall() + 60 - 1.2 - 10)
        assert keeper.usable
        assert not keeper.cold
        assert keeper.seconds_left() in {None, 60.0}
        assert keeper.fingerprint() == b"file"


@by_keeper
async def test_r10_only_a_few_refusals_bring_new_tokens(
    clock: FakeClock, build: Build
) -> None:
    """Two at once; then the same token comes back, and that is reported."""
    reports = Reports()
    keeper = build(Signing(clock), reports)
    kept, newer = await keeper.token(), 0
    for _ in range(20):
        again = await keeper.refused(kept)
        newer += again.generation != kept.generation
        kept = again
    assert newer == 2
    await clock.advance(31)
    keeper.accepted(await keeper.refused(kept))
    await keeper.close()


@by_keeper
async def test_a_token_that_was_just_accepted_is_not_doubted(
    clock: FakeClock, build: Build
) -> None:
    """The same token comes back."""
    keeper = build(Signing(clock), Reports())
    kept = await keeper.token()
    keeper.accepted(kept)
    assert await keeper.doubted(kept) == kept

"""Files, configurations and workers change while tokens are issued."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from proxy.app.lifetime import Lifetime
from proxy.core.tokens.refresh.refresh_policy import WATCH_SECONDS
from proxy.core.tokens.token import KeptToken
from proxy.errors import BuildError, TokenUnavailableError
from proxy.settings import Settings
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.turns.service_queue import MOST_AT_A_TIME
from tests.fake_clock import FakeClock
from tests.tokens.token_server import Asked, Says, says, token_server
from tests.workers.channels import until
from tests.workers.test_issuer.services import Rotating, http, login
from tests.workers.test_issuer.stage import stage, until_value, value


async def failure(clock: FakeClock, asked: Coroutine[Any, Any, KeptToken]) -> str:
    """Return why no token came, after waiting for it."""
    asking = asyncio.create_task(asked)
    async with asyncio.timeout(10):
        while not asking.done():
            await asyncio.sleep(0.005)
            await clock.advance(0.5)
    error = asking.exception()
    assert isinstance(error, TokenUnavailableError)
    return str(error)


async def test_a_changed_file_is_noticed_for_all(
    read: Callable[[str], Settings], clock: FakeClock, tmp_path: Path
) -> None:
    """The service is called once with the new secret."""

    def answer(asked: Asked) -> Says:
        return says({"t": f"with {asked.headers['X']}", "s": 600})

    async with (
        token_server(clock, answer) as server,
        stage(http(server.url), read, clock) as both,
    ):
        watch = asyncio.create_task(both.issuer.run())
        keepers = [both.one.keeper(), both.two.keeper()]
        assert [await value(each) for each in keepers] == ["with r0"] * 2
        before = [each.fingerprint() for each in keepers]
        await clock.advance(WATCH_SECONDS)
        assert [each.fingerprint() for each in keepers] == before
        (tmp_path / "new").write_text("r1")
        (tmp_path / "new").chmod(0o600)
        (tmp_path / "new").replace(tmp_path / "refresh")
        await clock.advance(WATCH_SECONDS)
        for each in keepers:
            await until(partial(_is_new, each, before))
            await until_value(each, "with r1")
        assert len(server.asked) == 2
        watch.cancel()


def _is_new(keeper: Keeper, before: list[bytes]) -> bool:
    return keeper.fingerprint() not in before


async def test_a_reload_keeps_unchanged_streams(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """A worker that just starts may still use the previous configuration."""
    rotating = Rotating()
    async with (
        token_server(clock, rotating) as server,
        stage(login(server.url), read, clock) as both,
    ):
        text = login(server.url)
        assert await value(both.one.keeper()) == "access1"
        assert await both.reconfigured(text + login(server.url, "yard")) == 2
        assert await value(both.two.keeper()) == "access1"
        both.two.tokens.epoch = 2
        assert await value(both.two.keeper()) == "access1"
        assert rotating.uses == 1
        await both.reconfigured(text)
        await both.reconfigured(text)
        both.two.tokens.epoch = 1
        assert "the configuration has changed" in await failure(
            clock, both.two.keeper().token()
        )


async def test_a_login_that_cannot_be_kept_changes_nothing(
    read: Callable[[str], Settings], clock: FakeClock, tmp_path: Path
) -> None:
    """It is reported for the stream; the previous configuration stays."""
    async with (
        token_server(clock, Rotating()) as server,
        stage(http(server.url), read, clock) as both,
    ):
        settings = read(login(server.url))
        (tmp_path / "refresh").unlink()
        with pytest.raises(BuildError, match="could not be stored"):
            await both.issuer.configurations.prepare(settings)
        (tmp_path / "refresh").touch(0o600)
        (tmp_path / "refresh").write_text("r0")
        epoch, changes = await both.issuer.configurations.prepare(
            read(http(server.url))
        )
        assert (epoch, bool(changes)) == (2, False)
        both.issuer.configurations.revert(epoch)


async def test_the_last_worker_that_leaves_closes_a_source(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """Whether it closes or dies."""
    async with (
        token_server(clock, says({"t": "x", "s": 600})) as server,
        stage(http(server.url), read, clock) as both,
    ):
        user = Lifetime()
        keepers = [both.one.keeper(user=user), both.two.keeper()]
        for each in keepers:
            await value(each)
        await user.end()
        kept = await keepers[0].token()
        assert "closed" in await failure(clock, keepers[0].refused(kept))
        assert await value(both.one.keeper()) == "x"
        assert len(server.asked) == 1
        both.issuer.left(1)
        both.issuer.left(2)
        both.two.keeper()
        assert await value(both.two.keeper()) == "x"
        assert len(server.asked) == 2


async def test_the_turn_of_a_dead_worker_goes_to_others(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """It never used its turn; the stream is still open in the other worker."""
    async with (
        token_server(clock, says({"t": "x", "s": 600})) as server,
        stage(http(server.url), read, clock) as both,
    ):
        for worker in (1, 2):
            both.issuer.heard(
                worker, "open", {"number": 9, "epoch": 1, "local": "lobby"}
            )
        (queue,) = both.around.services.queues.values()
        for _ in range(MOST_AT_A_TIME - 1):
            await queue.first()
        await both.issuer.answer(1, "line", {"number": 9, "known": 0})
        waiting = asyncio.create_task(queue.in_line())
        await clock.advance(30)
        assert not waiting.done()
        both.issuer.left(1)
        await asyncio.wait_for(waiting, 5)

"""The parent issues tokens to two workers, with real settings."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from proxy.app.keepers import keeper_of
from proxy.app.lifetime import Lifetime
from proxy.app.surroundings import Surroundings, surroundings_of
from proxy.core.tokens.refresh.refresh_policy import WATCH_SECONDS
from proxy.core.tokens.token import KeptToken
from proxy.errors import BuildError, SourceError, TokenUnavailableError
from proxy.settings import Settings, load
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.turns.service_queue import MOST_AT_A_TIME
from proxy.workers.bodies import Body
from proxy.workers.distant_tokens import DistantTokens
from proxy.workers.issuer import Issuer
from tests.fake_clock import FakeClock
from tests.tokens.scripted import Reports, seeded
from tests.tokens.token_server import Asked, Says, says, token_server
from tests.workers.channels import end, joined, until

PLACED = 'placement = [{ query = "token" }]\nreach = "all"\n'


def login(server: str, name: str = "lobby") -> str:
    """Return a stream with a login in a file."""
    return (
        f'[streams.{name}]\nurl = "http://127.0.0.1:9/v"\n{PLACED}'
        f'token = {{ source = "oauth2", token_url = "{server}/t", client_id = "me", '
        'client_secret = "mine", grant = "refresh_token", '
        'refresh_token_file = "refresh" }\n'
    )


def http(server: str, more: str = "", member: str = "") -> str:
    """Return a stream or a family with tokens from a service."""
    return (
        f'[streams.lobby]\nurl = "http://127.0.0.1:9/v{member}"\n{PLACED}{more}'
        f'token = {{ source = "http", url = "{server}/t{member}", expires_in = "/s", '
        'fields = { token = "/t" }, secret_file = "refresh", '
        'headers = { X = "{secret}" } }\n'
    )


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Settings]:
    """Return a function that loads settings, with a secret."""
    secret = tmp_path / "refresh"
    secret.write_text("r0")
    secret.chmod(0o600)

    def loaded(text: str) -> Settings:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load(path, environ={})

    return loaded


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that the test moves."""
    return FakeClock()


class Rotating:
    """A service whose refresh token can be used once."""

    def __init__(self) -> None:
        self.uses = 0

    def __call__(self, asked: Asked) -> Says:
        """Exchange the refresh token."""
        (given,) = parse_qs(asked.body.decode())["refresh_token"]
        if given != f"r{self.uses}":
            return says({"error": "invalid_grant"}, 400)
        self.uses += 1
        return says(
            {
                "access_token": f"access{self.uses}",
                "refresh_token": f"r{self.uses}",
                "expires_in": 60,
            }
        )


@dataclass
class Worker:
    """A worker's side of the parent."""

    around: Surroundings
    tokens: DistantTokens
    reports: Reports

    def keeper(self, local: str = "lobby", user: Lifetime | None = None) -> Keeper:
        """Return the keeper of a stream or of a member."""
        name, _, member = local.partition("/")
        settings = self.around.settings.streams[name]
        chosen = settings.for_member(member) if member else settings
        user = user or Lifetime()
        made = keeper_of(
            name, chosen, self.reports, self.around, local=local, user=user
        )
        assert made is not None
        return made


@dataclass
class Stage:
    """A parent and its two workers."""

    issuer: Issuer
    one: Worker
    two: Worker
    read: Callable[[str], Settings]
    around: Surroundings
    """Of the parent."""

    async def reconfigured(self, text: str) -> int:
        """Prepare and commit another configuration."""
        epoch, _ = await self.issuer.configurations.prepare(self.read(text))
        self.issuer.configurations.commit(epoch)
        return epoch


@asynccontextmanager
async def stage(
    text: str, read: Callable[[str], Settings], clock: FakeClock
) -> AsyncIterator[Stage]:
    """Run a parent and two workers with these settings."""
    settings = read(text)
    rest: dict[str, Any] = {"environ": {}, "clock": clock, "rng": seeded()}
    around = surroundings_of(settings, **rest)
    ends: dict[int, Any] = {}
    issuer = Issuer(around, lambda worker, body: ends[worker].tell("news", **body))
    epoch, _ = await issuer.configurations.prepare(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(around.close)
        stack.push_async_callback(issuer.close)
        workers = []
        for number in (1, 2):

            async def answer(kind: str, body: Body, number: int = number) -> Body:
                return await issuer.answer(number, kind, body)

            def heard(kind: str, body: Body, number: int = number) -> None:
                issuer.heard(number, kind, body)

            ends[number] = parent = end(answer, heard)
            known: list[DistantTokens] = []

            def told(kind: str, body: Body, known: list[DistantTokens] = known) -> None:
                assert kind == "news"
                known[0].news(body)

            child = end(heard=told)
            await stack.enter_async_context(joined(parent, child))
            tokens = DistantTokens(child)
            tokens.epoch = epoch
            known.append(tokens)
            here = surroundings_of(settings, elsewhere=tokens, **rest)
            stack.push_async_callback(here.close)
            workers.append(Worker(here, tokens, Reports()))
        one, two = workers
        yield Stage(issuer, one, two, read, around)


async def value(keeper: Keeper) -> str:
    """Return the value of a keeper's token."""
    return (await keeper.token()).token.fields["token"]


async def until_value(keeper: Keeper, wanted: str) -> None:
    """Play until this token is used."""
    async with asyncio.timeout(10):
        while await value(keeper) != wanted:  # noqa: ASYNC110 - it needs a player
            await asyncio.sleep(0.01)


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


async def test_two_workers_use_a_login_once(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """At the start, at a refusal, and when the other worker replaced the token."""
    async with (
        token_server(clock, Rotating()) as server,
        stage(login(server.url), read, clock) as both,
    ):
        one, two = both.one.keeper(), both.two.keeper()
        values = await asyncio.gather(*map(value, (one, two)))
        assert values == ["access1", "access1"]
        first = await one.token()
        newer = await asyncio.gather(one.refused(first), two.refused(await two.token()))
        assert [each.token.fields["token"] for each in newer] == ["access2", "access2"]
        assert len(server.asked) == 2
        # Each attempt is counted where it was made, not where its result arrives.
        marks = [
            refresh.elsewhere
            for each in (both.one, both.two)
            for refresh in each.reports.all
        ]
        assert sorted(marks) == [False, False, True, True]


async def test_the_other_worker_gets_a_newer_token(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """Services may revoke the old one at once; within seconds it is not sent."""
    async with (
        token_server(clock, Rotating()) as server,
        stage(login(server.url), read, clock) as both,
    ):
        one, two = both.one.keeper(), both.two.keeper()
        values = await asyncio.gather(*map(value, (one, two)))
        assert values == ["access1", "access1"]
        before = two.fingerprint()
        await one.refused(await one.token())
        await until(lambda: two.fingerprint() != before)
        await clock.advance(WATCH_SECONDS)
        await until_value(two, "access2")
        # Results of its own requests are no news for this worker.
        again = two.fingerprint()
        await clock.advance(WATCH_SECONDS)
        await value(two)
        assert two.fingerprint() == again
        assert len(server.asked) == 2


async def test_a_failure_keeps_its_message_and_costs_one_call(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """Also its Retry-After, which the keepers of both obey."""
    slow = says({"error": "slow_down"}, 429, **{"Retry-After": "120"})
    async with (
        token_server(clock, slow) as server,
        stage(login(server.url), read, clock) as both,
    ):
        for each in (both.one, both.two):
            with pytest.raises(Exception, match="429") as caught:
                await each.keeper().token()
            assert caught.value.retry_after == pytest.approx(120, abs=1)  # type: ignore[attr-defined]
        assert len(server.asked) == 1


async def test_members_of_a_family_have_their_own_tokens(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """One each, in any worker; secrets that were sent are known."""

    def answer(asked: Asked) -> Says:
        return says({"t": f"for {asked.path[3:]}", "s": 600})

    async with (
        token_server(clock, answer) as server,
        stage(http(server.url, member="/{id}"), read, clock) as both,
    ):
        keepers = [
            worker.keeper(f"lobby/{member}")
            for member in ("a", "b")
            for worker in (both.one, both.two)
        ]
        values = await asyncio.gather(*map(value, keepers))
        assert values == ["for a", "for a", "for b", "for b"]
        assert len(server.asked) == 2
        assert all("r0" in keeper.paid for keeper in keepers)


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


async def test_a_request_about_an_unknown_stream_is_answered(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """A closed or unknown stream, or one without a token."""
    async with stage(
        '[streams.lobby]\nurl = "http://127.0.0.1:9/v"\n', read, clock
    ) as both:
        for body in ({"epoch": 1, "local": "lobby"}, {"epoch": 1, "local": "../x"}):
            both.issuer.heard(1, "open", {"number": 5, **body})
            with pytest.raises(SourceError):
                await both.issuer.answer(1, "token", {"number": 5, "known": 0})
        with pytest.raises(SourceError, match="its stream is closed"):
            await both.issuer.answer(1, "token", {"number": 6, "known": 0})
        both.issuer.heard(1, "back", {"number": 6})
        both.issuer.heard(1, "close", {"number": 6})

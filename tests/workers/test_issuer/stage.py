"""A parent that issues tokens to two workers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import KW_ONLY, dataclass
from typing import Any

from proxy.app.keepers import keeper_of
from proxy.app.lifetime import Lifetime
from proxy.app.surroundings import Surroundings, surroundings_of
from proxy.settings import Settings
from proxy.tokens.keepers.keeper import Keeper
from proxy.workers.distant_tokens import DistantTokens
from proxy.workers.issuer import Issuer
from proxy.workers.message_bodies import MessageBody
from tests.fake_clock import FakeClock
from tests.tokens.scripted import Reports, seeded
from tests.workers.channels import end, joined


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
    _: KW_ONLY
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

            async def answer(
                kind: str, body: MessageBody, number: int = number
            ) -> MessageBody:
                return await issuer.answer(number, kind, body)

            def heard(kind: str, body: MessageBody, number: int = number) -> None:
                issuer.heard(number, kind, body)

            ends[number] = parent = end(answer, heard)
            known: list[DistantTokens] = []

            def told(
                kind: str, body: MessageBody, known: list[DistantTokens] = known
            ) -> None:
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
        yield Stage(issuer, one, two=two, read=read, around=around)


async def value(keeper: Keeper) -> str:
    """Return the value of a keeper's token."""
    return (await keeper.token()).token.fields["token"]


async def until_value(keeper: Keeper, wanted: str) -> None:
    """Play until this token is used."""
    async with asyncio.timeout(10):
        while await value(keeper) != wanted:  # noqa: ASYNC110 - it needs a player
            await asyncio.sleep(0.01)

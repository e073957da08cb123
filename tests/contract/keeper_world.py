"""One run of a program that keeps a login, and the service that it asks."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import jwt

from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest
from proxy.core.tokens.token import KeptToken
from proxy.errors import TokenUnavailableError, UnreachableError
from proxy.secret_file import SecretFile
from proxy.tokens.keepers.once_keeper import OnceKeeper
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.logins.refresh_token import RefreshToken
from proxy.tokens.sources.oauth2 import Client, OAuth2Source
from tests.fake_clock import FakeClock
from tests.tokens.scripted import Reports, seeded

T = TypeVar("T")
KEY = "canary-" * 5
GRACE_SECONDS = 25.0


@dataclass(kw_only=True)
class Says:
    """How a service behaves."""

    takes: float = 0.0
    status: int = 200
    lives: float | None = 60.0
    starts: float = -10.0
    """Its `nbf`, in seconds from the moment it is made."""
    refresh_in: float | None = None
    retry_after: str | None = None
    garbled: bool = False
    breaks: bool = False
    """Whether the answer is lost on the way."""


@dataclass
class Service:
    """A token endpoint; each refresh token can be used once."""

    says: Says = field(default_factory=Says)
    good: int = 1
    lost: bool = False
    """Whether an answer was lost that held the next one."""
    serial: int = 0


@dataclass
class World:
    """One run of the program, on an event loop of its own.

    If it is killed, its loop never runs again; what it wrote to disk stays.
    """

    service: Service
    clock: FakeClock
    _: KW_ONLY
    path: Path
    once: bool
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    failed: list[float] = field(default_factory=list)
    came: list[float] = field(default_factory=list)
    under_way: int = 0
    homing: bool = False
    """Whether it waits for its login at the end, for the grace time."""
    asking: list[asyncio.Task[None]] = field(default_factory=list)
    handed: list[KeptToken] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    reports: Reports = field(default_factory=Reports)

    def __post_init__(self) -> None:
        self.login = RefreshToken(SecretFile(self.path), self.clock)
        source = OAuth2Source(
            "https://id.test/", Client("me"), service=self, refresh_token=self.login
        )
        make = OnceKeeper if self.once else StreamKeeper
        self.keeper = make(
            source,
            stream="lobby",
            local=False,
            clock=self.clock,
            rng=seeded(),
            report=self.reports,
        )
        self.keeper.measured(0.0)
        self.running = self.keeper.running()
        self.run(self.running.__aenter__())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the loop until this is done."""
        return self.loop.run_until_complete(work)

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Answer as the service is told to."""
        service, says, sent = self.service, self.service.says, self.clock.wall()
        form = dict(parse_qsl((request.body or b"").decode()))
        begun = self.clock.mono()
        refused = form["refresh_token"] != f"r{service.good}"
        if not refused and says.status == 200:
            service.good += 1
            self.under_way += 1
        reply = self._reply(says, sent, refused=refused)
        good = not refused and says.status == 200
        try:
            await self.clock.sleep(says.takes)
        except asyncio.CancelledError:
            service.lost |= good and self.homing
            raise
        finally:
            self.under_way -= good
        if good and (says.breaks or says.garbled):
            service.lost = True
        bad = refused or says.status != 200 or says.garbled or says.breaks
        (self.failed if bad else self.came).append(begun)
        if says.breaks:
            raise UnreachableError("the line broke")
        return reply

    def _reply(self, says: Says, sent: float, *, refused: bool) -> ServiceReply:
        wait = says.retry_after
        headers = () if wait is None else (("Retry-After", wait),)
        status = 400 if refused else says.status
        error = "invalid_grant" if refused else "temporarily_unavailable"
        answer: dict[str, object] = {"error": error}
        if status == 200:
            self.service.serial += 1
            claims = {"n": self.service.serial, "nbf": int(sent + says.starts)}
            answer = {
                "access_token": jwt.encode(claims, KEY, "HS256"),
                "refresh_token": f"r{self.service.good}",
                "expires_in": says.lives,
                "refresh_in": says.refresh_in,
            }
        body = b"<html>" if says.garbled else json.dumps(answer).encode()
        return ServiceReply(
            status, headers=headers, body=body, sent=sent, seconds=says.takes
        )

    async def player(self, refused: KeptToken | None = None) -> None:
        """Ask for a token, and judge it when it comes."""
        try:
            if refused is None:
                kept = await self.keeper.token()
            else:
                kept = await self.keeper.refused(refused)
        except TokenUnavailableError:
            return
        if refused is not None and kept.generation == refused.generation:
            return
        now, token = self.clock.wall(), kept.token
        if token.expires_at is not None and token.expires_at <= now:
            self.wrong.append("a token past its end")
        if token.not_before is not None and token.not_before > now:
            self.wrong.append("a token before its nbf")
        self.handed.append(kept)

    async def stop(self) -> None:
        """Stop as the program does: players first, then the keeper, then the login."""
        for task in self.asking:
            task.cancel()
        ending = asyncio.create_task(self._end())
        while not ending.done():
            await self.clock.advance(1)

    async def _end(self) -> None:
        await self.running.__aexit__(None, None, None)
        self.homing = True
        await self.login.close(self.clock, GRACE_SECONDS)

    def forget(self) -> None:
        """Clean up what is left of it."""
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run(asyncio.wait(tasks))
        self.loop.close()

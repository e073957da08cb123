"""What the tests of upstream share: questions, a clock that never waits, a record."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp.abc import AbstractResolver, ResolveResult

from proxy.clock import Clock, Timer
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Stamped
from proxy.events.upstream import Exchange
from proxy.upstream.client import UpstreamClient
from proxy.upstream.question import ExchangeTimeouts, Question

AGENT = "hls-auth-proxy/test"


def plain(url: str) -> Stamped:
    """Add no token."""
    return Stamped(url)


def question(
    url: str,
    *,
    kind: Kind = Kind.SEGMENT,
    method: str = "GET",
    headers: tuple[tuple[str, str], ...] = (),
    stamp: Callable[[str], Stamped] = plain,
    again: Callable[[str], Awaitable[Stamped]] | None = None,
    clean: Callable[[str], str] = str,
) -> Question:
    """Return a question, by default without a token."""

    async def still(url: str) -> Stamped:
        return stamp(url)

    return Question(
        method=method,
        url=url,
        kind=kind,
        headers=headers,
        stamp=stamp,
        again=again or still,
        clean=clean,
    )


@dataclass
class QuickClock:
    """Sleeping takes no time; it only moves the clock and is recorded."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def wall(self) -> float:
        """Return the time."""
        return self.now

    def mono(self) -> float:
        """Return the time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Move the time."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def timeout(self, seconds: float) -> asyncio.Timeout:
        """Return a block with a timeout on the machine's clock."""
        return asyncio.timeout(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back on the machine's clock."""
        return asyncio.get_running_loop().call_later(seconds, callback)


class Names(AbstractResolver):
    """Resolves the given names, and no others."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        """Return the address of the name."""
        del family
        if host not in self._addresses:
            raise OSError(socket.EAI_NONAME, "no such name")
        found = ResolveResult(
            hostname=host,
            host=self._addresses[host],
            port=port,
            family=socket.AF_INET6 if ":" in self._addresses[host] else socket.AF_INET,
            proto=0,
            flags=socket.AI_NUMERICHOST,
        )
        return [found]

    async def close(self) -> None:
        """Do nothing."""


@dataclass
class Way:
    """An upstream for loopback origins, and its reports."""

    upstream: UpstreamClient
    clock: QuickClock
    told: list[Exchange]

    async def status(self, asked: Question) -> int:
        """Ask, read to the end, return the status."""
        async with await self.upstream.ask(asked) as answer:
            async for _ in answer.chunks():
                pass
            return answer.status

    async def body(self, asked: Question) -> bytes:
        """Ask and return the raw body."""
        async with await self.upstream.ask(asked) as answer:
            return b"".join([chunk async for chunk in answer.chunks()])


@asynccontextmanager
async def way_to(
    *urls: str,
    public: bool = False,
    timeouts: ExchangeTimeouts | None = None,
    names: Mapping[str, str] | AbstractResolver | None = None,
    tls: ssl.SSLContext | bool = True,
    clock: Clock | None = None,
    preconnects: bool = False,
) -> AsyncIterator[Way]:
    """Open an upstream whose configuration names the origins of these URLs.

    `names` are the host names that resolve, with their addresses, or the resolver;
    `clock` replaces the quick clock.
    """
    quick, told = QuickClock(), list[Exchange]()
    upstream = UpstreamClient(
        stream="lobby",
        policy=AddressPolicy(frozenset(map(uri.origin, urls)), public=public),
        clock=clock or quick,
        timeouts=timeouts or ExchangeTimeouts(),
        report=told.append,
        user_agent=AGENT,
        resolver=Names(names) if isinstance(names, Mapping) else names,
        tls=tls,
        preconnects=preconnects,
    )
    try:
        yield Way(upstream, quick, told)
    finally:
        await upstream.close()

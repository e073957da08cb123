"""Send one request over a kept connection, and over a new one if that is silent."""

import contextlib
import ssl
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from typing import NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver

from proxy.clock import Clock
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.http.answers import Blame
from proxy.core.kind import Kind
from proxy.errors import AddressRefusedError, UpstreamError
from proxy.timeouts import Timeouts as Silences
from proxy.upstream.departure import Departure, OvertakenError
from proxy.upstream.exchange import Received
from proxy.upstream.faults import FOREIGN, Fault, fault_of, silent
from proxy.upstream.hedging import hedged
from proxy.upstream.pools import Lease, Pools
from proxy.upstream.question import ExchangeTimeouts, Question
from proxy.upstream.redirects import Hop, restamped


class Came(NamedTuple):
    """The head of an answer, and how it was asked for."""

    received: Received
    lease: Lease
    hop: Hop
    sent: float
    """When it was sent, in epoch seconds."""
    hedged: bool = False
    """Whether it came over the second connection."""

    def drop(self) -> None:
        """Discard the answer."""
        self.received.close()
        self.lease.release()


_FREE = contextlib.nullcontext()
_PER_SECOND = 10
_IDLE_SECONDS = 10.0
"""An idle connection lasts for longer than this, so there is no need to look sooner."""


@dataclass(kw_only=True, eq=False)
class Sender:
    """Sends over the connections of one stream, and discards dead connections."""

    policy: AddressPolicy
    clock: Clock
    user_agent: str
    timeouts: ExchangeTimeouts
    resolver: AbstractResolver | None = None
    tls: ssl.SSLContext | bool = True
    preconnects: bool = False
    """Whether a request for an entry opens a second connection, for what follows."""
    silences: Silences = field(default_factory=Silences, init=False)
    """Makes the timeouts between two reads."""
    _pools: Pools = field(init=False)
    _opened_at: float = field(default=-inf, init=False)

    def __post_init__(self) -> None:
        self._pools = Pools(self.policy, self.resolver, tls=self.tls)

    async def send(self, question: Question, hop: Hop, left: float | None) -> Came:
        """Return the head of the answer; raise an UpstreamError if none came.

        Gives up after `left` seconds; None is no limit.
        """
        begun = self.clock.mono()
        try:
            async with _FREE if left is None else self.clock.timeout(left):
                if question.hedged:
                    return await self._hedged(question, hop, left)
                return await self._over(self._kept(hop), question, hop, left)
        except TimeoutError:
            # Of this block only: timeouts of the client below were converted already.
            pass
        raise silent(self.clock.mono() - begun).error(hop.host)

    async def connect(self, url: str, count: int) -> bool:
        """Make sure that this many connections to the URL's origin are idle.

        Nothing is sent over them. Return whether any was opened. Raises an
        UpstreamError if that fails.
        """
        lease = self._pools.lease(url)
        try:
            return await lease.ready(count, self._limits(None))
        except FOREIGN as exc:
            host = uri.origin(url).partition("://")[2]
            raise fault_of(exc).error(host) from None
        finally:
            lease.release()

    async def close(self) -> None:
        """Close all connections."""
        await self._pools.close()

    async def _hedged(self, question: Question, hop: Hop, left: float | None) -> Came:
        async def over_another() -> Came:
            again = await restamped(question, hop, self.policy)
            lease = self._pools.fresh(again.stamped.url)
            came = await self._over(lease, question, again, left)
            return came._replace(hedged=True)

        came = await hedged(
            lambda: self._over(self._kept(hop), question, hop, left),
            over_another,
            clock=self.clock,
            drop=Came.drop,
        )
        if came.hedged:
            came.lease.prefer()
        return came

    def _kept(self, hop: Hop) -> Lease:
        return self._pools.lease(hop.stamped.url)

    async def _over(
        self, lease: Lease, question: Question, hop: Hop, left: float | None
    ) -> Came:
        """Send the hop; send it again whenever its token ends before it arrives."""
        limits = self._limits(left)
        while True:
            leaving = Departure(
                question,
                hop,
                policy=self.policy,
                clock=self.clock,
                user_agent=self.user_agent,
            )
            leaving.spares = question.kind is Kind.ENTRY and self._opens_another()
            silence = self._silence(question, left)
            try:
                received = await leaving.send(lease, limits, silence)
            except OvertakenError as overtaken:
                lease.release()
                hop = await restamped(question, overtaken.hop, self.policy)
                lease = self._kept(hop)
            except FOREIGN as exc:
                raise _failed(lease, hop, fault_of(exc)) from None
            except BaseException:
                lease.release()
                raise
            else:
                return Came(received, lease, leaving.hop, leaving.sent)

    def _opens_another(self) -> bool:
        """Return whether it is time to see that another connection is idle."""
        now = self.clock.mono()
        if not self.preconnects or now - self._opened_at < _IDLE_SECONDS:
            return False
        self._opened_at = now
        return True

    def _silence(
        self, question: Question, left: float | None
    ) -> AbstractAsyncContextManager[object] | None:
        """Return the timeout for the head; none if `left` ends sooner anyway."""
        seconds = self.timeouts.between_reads(question)
        nearer = left is not None and left <= seconds
        return None if nearer else self.silences.after(seconds)

    def _limits(self, left: float | None) -> aiohttp.ClientTimeout:
        """Return the timeouts for connecting."""
        tenths = None if left is None else max(1, round(left * _PER_SECOND))
        return _limits(self.timeouts.connect, self.timeouts.resolve_and_connect, tenths)


# With tenths of a second there are few; each takes 3 us to make.
@lru_cache(256)
def _limits(connect: float, both: float, tenths: int | None) -> aiohttp.ClientTimeout:
    if tenths is not None:
        # Leave time for another attempt if connecting fails.
        left = tenths / _PER_SECOND
        connect, both = min(connect, left / 2), min(both, left * 3 / 4)
    return aiohttp.ClientTimeout(total=None, connect=both, sock_connect=connect)


def _failed(lease: Lease, hop: Hop, fault: Fault) -> UpstreamError:
    """End the lease, and return the error to raise."""
    if fault.blame is Blame.CONNECTION_TERMINATED:
        lease.condemn()
    lease.release()
    error = fault.error(hop.host)
    if isinstance(error, AddressRefusedError):
        error.forbidden = uri.origin(hop.stamped.url)
    return error

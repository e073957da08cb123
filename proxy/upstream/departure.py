"""Send a request with a token that is still valid, or take the request back.

A request may wait for a connection, or in the kernel while the network is down. Its
token may end meanwhile. So the token is put in when the connection is ready. Until the
other end has acknowledged the request, a reset can take it back.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import KW_ONLY, dataclass, field

import aiohttp

from proxy.clock import Clock, Timer
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.system.connections import reset, unacknowledged
from proxy.upstream.exchange import Received, exchanged
from proxy.upstream.faults import FOREIGN
from proxy.upstream.pools import Lease
from proxy.upstream.question import Question
from proxy.upstream.redirects import Hop, restamped
from proxy.upstream.wire import request_of

_OLD_SECONDS = 0.25
"""After a longer wait for a connection the request is stamped again, since the token
may have been replaced. A single-use token, or one that is a URL, is kept while it is
valid: replacing it would waste it, or lead to another origin and another wait."""

_ROUND_TRIP_SECONDS = 0.1
"""How long an acknowledgement may take, even if the token ends meanwhile. It is less
than the margin a keeper leaves before the end of a one-second token."""

_LOOK_SECONDS = 1.0
"""How often the wall clock is checked. Timers stop during suspend; tokens still expire.
"""


class OvertakenError(aiohttp.ClientError):
    """Raised if the token ended, or its origin changed, before the request arrived.

    Nothing of the request will arrive. `hop` is what should have been sent.
    """

    def __init__(self, hop: Hop) -> None:
        super().__init__()
        self.hop = hop


@dataclass(eq=False, slots=True)
class Departure:
    """Stamps one request as late as possible, and watches it until the head arrives."""

    question: Question
    hop: Hop
    """Once the head has arrived: the hop that was actually sent."""
    _: KW_ONLY
    policy: AddressPolicy
    clock: Clock
    user_agent: str
    spares: bool = field(default=False, init=False)
    """Whether another connection is opened in the background."""
    sent: float = field(default=0.0, init=False)
    """When the request was sent, in epoch seconds."""
    _begun: float = field(init=False)
    _overtaken: bool = field(default=False, init=False)
    _watch: Timer | None = field(default=None, init=False)
    _transport: asyncio.Transport | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._begun = self.clock.mono()

    async def send(
        self,
        lease: Lease,
        limits: aiohttp.ClientTimeout,
        silence: AbstractAsyncContextManager[object] | None,
    ) -> Received:
        """Send once over a connection of the lease and return when the head is here.

        `limits` apply to connecting; `silence` limits the wait for the head, if given.

        Raises OvertakenError if the request has to be sent again, and what the token's
        keeper raises. A failure closes the connection.
        """
        request = self._written(lease)
        connection = await lease.connect(limits)
        if self.spares:
            lease.spare(limits)
        try:
            if self._is_old():
                request = await self._written_anew(lease)
            self.sent = self.clock.wall()
            if self.hop.stamped.carried:
                self._transport = connection.transport
                self._watch_on()
            bodiless = self.question.method == "HEAD"
            return await exchanged(connection, request, silence, bodiless=bodiless)
        except BaseException as exc:
            connection.close()
            self._take_back()
            if self._overtaken and isinstance(exc, FOREIGN):
                raise OvertakenError(self.hop) from None
            raise
        finally:
            if self._watch is not None:
                self._watch.cancel()

    def _written(self, lease: Lease) -> bytes:
        return request_of(self.question, self.hop, lease.host, self.user_agent)

    async def _written_anew(self, lease: Lease) -> bytes:
        """Stamp the request again. May wait for a token."""
        origin = uri.origin(self.hop.stamped.url)
        self.hop = await restamped(self.question, self.hop, self.policy)
        if uri.origin(self.hop.stamped.url) != origin:
            raise OvertakenError(self.hop)
        return self._written(lease)

    def _is_old(self) -> bool:
        stamped = self.hop.stamped
        if not stamped.carried:
            return False
        if stamped.until is not None and self.clock.wall() >= stamped.until:
            return True
        waited = self.clock.mono() - self._begun
        return not stamped.handed_on and waited > _OLD_SECONDS

    def _watch_on(self) -> None:
        """Schedule the next check for the end of the token."""
        until = self.hop.stamped.until
        if until is None:
            return
        left = max(until, self.sent + _ROUND_TRIP_SECONDS) - self.clock.wall()
        self._watch = self.clock.call_later(min(left, _LOOK_SECONDS), self._look)

    def _look(self) -> None:
        until, transport = self.hop.stamped.until, self._transport
        if until is None or transport is None:
            return
        if self.clock.wall() < max(until, self.sent + _ROUND_TRIP_SECONDS):
            self._watch_on()
            return
        unheard = unacknowledged(transport)
        # A request acknowledged in time may be answered late. If the system cannot say
        # whether it was, assume so if the upstream holds such requests on purpose.
        if unheard or (unheard is None and not self.question.waits):
            self._overtaken = True
            reset(transport)

    def _take_back(self) -> None:
        """Reset the connection of a given-up request: its token may end on the way."""
        transport = self._transport
        if transport is not None and unacknowledged(transport) != 0:
            reset(transport)

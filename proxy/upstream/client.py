"""Ask upstream: along the redirects, with patience for what passes by itself."""

import random
import ssl
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import aiohttp
from aiohttp.abc import AbstractResolver

from proxy.clock import Clock
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.http.answers import TRANSIENT
from proxy.errors import AddressRefusedError, BadAnswerError, UnreachableError
from proxy.upstream.answer import Answer
from proxy.upstream.faults import FOREIGN, fault_of
from proxy.upstream.meter import Meter
from proxy.upstream.pools import Pools
from proxy.upstream.question import Question, Report, Timeouts
from proxy.upstream.redirects import REDIRECTS, Hop, first_hop, next_hop
from proxy.upstream.retries import Budget, Patience
from proxy.upstream.wire import fields_of, target_of

# A gateway's passing trouble is told sooner.
_WAITED_SECONDS = 1.0


@dataclass(kw_only=True, eq=False)
class Upstream:
    """The way to the origins of one stream.

    Streams never share one: connections are kept by address policy.
    """

    policy: AddressPolicy
    clock: Clock
    rng: random.Random
    report: Report
    """Told once about every exchange, when its body has been read or given up."""
    user_agent: str
    """Sent where neither the player's nor the stream's own is."""
    timeouts: Timeouts = field(default_factory=Timeouts)
    resolver: AbstractResolver | None = None
    tls: ssl.SSLContext | bool = True
    """How to verify certificates; True for the machine's authorities."""

    def __post_init__(self) -> None:
        self._pools = Pools(self.policy, self.resolver, self.tls)
        self._budget = Budget()

    async def ask(self, question: Question) -> Answer:
        """Return the final answer, whatever its status.

        Raises UnreachableError, AddressRefusedError, RedirectRefusedError or
        BadAnswerError. Nothing is sent again once an answer is out.
        """
        self._budget.earn()
        patience = Patience(self._budget, self.rng, since=self.clock.mono())
        hop = first_hop(question, self.policy)
        while True:
            hop, answer = await self._persist(question, hop, patience)
            if answer.status not in REDIRECTS:
                return answer
            hop = self._follow(question, hop, answer)

    async def close(self) -> None:
        """Close all connections."""
        await self._pools.close()

    def _follow(self, question: Question, hop: Hop, answer: Answer) -> Hop:
        answer.close()
        location = answer.headers.get("Location")
        if location is None:
            raise BadAnswerError(f"{hop.host}: a redirect to nowhere")
        target = location.encode("utf-8", "surrogateescape")
        return next_hop(hop, target, question, self.policy)

    async def _persist(
        self, question: Question, hop: Hop, patience: Patience
    ) -> tuple[Hop, Answer]:
        """Send until something else than a passing fault comes, or patience ends.

        What carried a token is stamped anew before it is sent again.
        """
        while True:
            begun = self.clock.mono()
            try:
                answer = await self._send(question, hop)
            except UnreachableError:
                delay = patience.delay(self.clock.mono())
                if delay is None:
                    raise
            else:
                now = self.clock.mono()
                if _is_final(question, answer, waited=now - begun):
                    return hop, answer
                delay = patience.delay(now)
                if delay is None:
                    return hop, answer
                answer.close()
            await self.clock.sleep(delay)
            if hop.stamped.carried:
                stamped = await question.again(hop.url)
                secrets = hop.secrets | stamped.secrets
                hop = replace(hop, stamped=stamped, secrets=secrets)

    async def _send(self, question: Question, hop: Hop) -> Answer:
        target, fields = target_of(hop), fields_of(question, hop, self.user_agent)
        meter = Meter(question.kind, clock=self.clock, report=self.report)
        sent = self.clock.wall()
        try:
            response = await self._pools.session(hop.stamped.url).request(
                question.method,
                target,
                headers=fields,
                allow_redirects=False,
                timeout=self._timeout(question),
            )
        except FOREIGN as exc:
            fault = fault_of(exc)
            meter.tell(None, fault.blame)
            error = fault.error(hop.host)
            if isinstance(error, AddressRefusedError):
                error.forbidden = uri.origin(hop.stamped.url)
            raise error from None
        meter.head_came()
        if question.session is not None:
            question.session.learn(hop.stamped.url, response.headers)
        return Answer(
            response,
            hop=hop,
            text=question.read_whole,
            meter=meter,
            times=(sent, self.clock.wall()),
        )

    def _timeout(self, question: Question) -> aiohttp.ClientTimeout:
        times = self.timeouts
        return aiohttp.ClientTimeout(
            total=None,
            connect=times.resolve_and_connect,
            sock_connect=times.connect,
            sock_read=times.between_reads(question),
        )


def _is_final(question: Question, answer: Answer, *, waited: float) -> bool:
    """Tell whether the player is to decide what follows from the status."""
    if answer.status not in TRANSIENT or "Retry-After" in answer.headers:
        return True
    # RFC 8216bis section 6.2.5.2: 503 ends a wait that has been long enough; gateways
    # end it with 504. Another try would be another such wait.
    if question.blocks and answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return True
    return question.waits and waited >= _WAITED_SECONDS

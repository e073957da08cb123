"""Ask the upstream: follow redirects and retry faults that may be temporary."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus

from aiohttp.abc import AbstractResolver

from proxy.clock import Clock
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.http.answers import TRANSIENT, Blame
from proxy.core.http.reuse import redirect_seconds
from proxy.core.tokens.times.instant import http_date
from proxy.deadline import deadline_at, is_patient
from proxy.errors import RedirectRefusedError, UnreachableError, UpstreamError
from proxy.events.upstream import Exchange
from proxy.upstream.answer import Answer
from proxy.upstream.http_answer import HttpAnswer
from proxy.upstream.meter import Meter
from proxy.upstream.question import ExchangeTimeouts, Question
from proxy.upstream.redirects import (
    REDIRECTS,
    Hop,
    first_hop,
    next_hop,
    restamped,
)
from proxy.upstream.retries import Absences, Patience
from proxy.upstream.sending import Sender

# A gateway reports a temporary fault sooner than this.
_WAITED_SECONDS = 1.0


@dataclass(kw_only=True, eq=False)
class UpstreamClient:
    """The HTTP client for the origins of one stream.

    Streams never share a client: its connections were opened under one stream's address
    policy.
    """

    stream: str
    """The configured name, used in reports."""
    policy: AddressPolicy
    clock: Clock
    report: Callable[[Exchange], None]
    """Called once per exchange, when its body has been read or given up."""
    user_agent: str
    """Sent unless the player or the stream's configuration provides one."""
    timeouts: ExchangeTimeouts = field(default_factory=ExchangeTimeouts)
    resolver: AbstractResolver | None = None
    tls: ssl.SSLContext | bool = True
    """How to verify certificates; True uses the machine's authorities."""
    preconnects: bool = False
    """Whether a request for an entry opens a second connection, for what follows."""

    def __post_init__(self) -> None:
        self._sender = Sender(
            policy=self.policy,
            clock=self.clock,
            user_agent=self.user_agent,
            timeouts=self.timeouts,
            resolver=self.resolver,
            tls=self.tls,
            preconnects=self.preconnects,
        )
        self._absences = Absences(self.clock)

    async def ask(self, question: Question) -> Answer:
        """Return the final answer, whatever its status.

        Raises UnreachableError, AddressRefusedError, RedirectRefusedError or
        BadAnswerError. Nothing is sent again after an answer has been returned.
        """
        patience = Patience(
            self._absences,
            self.clock,
            deadline=deadline_at(self.clock.mono()),
            waits=question.waits,
            hasty=not is_patient(),
        )
        hop = first_hop(question, self.policy)
        hop, answer = await self._persist(question, hop, patience)
        if answer.status not in REDIRECTS:
            return answer
        return await self._led(question, hop, answer, patience)

    async def _led(
        self, question: Question, hop: Hop, answer: Answer, patience: Patience
    ) -> Answer:
        """Follow a redirect, and those behind it, to the final answer."""
        been = set[tuple[str, int]]()
        while answer.status in REDIRECTS:
            been.add((hop.stamped.url, _changes(question)))
            hop = self._follow(question, hop, answer)
            # With a cookie set on the way, the same URL may answer differently.
            if (hop.stamped.url, _changes(question)) in been:
                raise RedirectRefusedError(f"{hop.host}: redirects in a circle")
            hop, answer = await self._persist(question, hop, patience)
        return answer

    async def connect(self, url: str, count: int) -> bool:
        """Make sure that this many connections to the URL's origin are idle.

        Nothing is sent over them. Return whether any was opened. Raises an
        UpstreamError if that fails.
        """
        return await self._sender.connect(url, count)

    async def close(self) -> None:
        """Close all connections."""
        await self._sender.close()

    def _follow(self, question: Question, hop: Hop, answer: Answer) -> Hop:
        answer.close()
        location = answer.headers.get("Location")
        if location is None:
            raise RedirectRefusedError(f"{hop.host}: a redirect to nowhere")
        target = location.encode("utf-8", "surrogateescape")
        kept = redirect_seconds(answer.status, tuple(answer.headers.items()))
        following = next_hop(hop, target, question, self.policy)
        return replace(following, kept_seconds=min(kept, hop.kept_seconds))

    async def _persist(
        self, question: Question, hop: Hop, patience: Patience
    ) -> tuple[Hop, Answer]:
        """Send until the result is no temporary fault, or the time to retry is over.

        A request that carried a token gets a new stamp before each retry.
        """
        origin = uri.origin(hop.stamped.url)
        await patience.admitted(origin)
        while True:
            begun = self.clock.mono()
            try:
                hop, answer = await self._send(question, hop, patience)
            except UnreachableError as error:
                if not await patience.outlasts(origin, error):
                    raise
            else:
                if answer.status not in TRANSIENT:
                    patience.answered(origin)
                    return hop, answer
                waited = self.clock.mono() - begun
                if not await self._may_improve(
                    question, answer, origin, patience, waited=waited
                ):
                    return hop, answer
                answer.close()
            hop = await restamped(question, hop, self.policy)

    async def _may_improve(
        self,
        question: Question,
        answer: Answer,
        origin: str,
        patience: Patience,
        *,
        waited: float,
    ) -> bool:
        """Wait until a retry may help; return False if this answer is final."""
        if _is_final(question, answer, waited=waited):
            patience.answered(origin)
            return False
        try:
            return await patience.has_turn(origin, self._pause(answer))
        except BaseException:
            answer.close()
            raise

    def _pause(self, answer: Answer) -> float:
        """Return how many seconds the upstream asks us to wait (Retry-After)."""
        said = answer.headers.get("Retry-After", "").strip()
        if said.isascii() and said.isdigit():
            return float(said)
        until = http_date(said) if said else None
        return 0.0 if until is None else until - self.clock.wall()

    async def _send(
        self, question: Question, hop: Hop, patience: Patience
    ) -> tuple[Hop, Answer]:
        meter = Meter(self.stream, question.kind, clock=self.clock, report=self.report)
        try:
            came = await self._sender.send(question, hop, patience.left())
        except UpstreamError as error:
            if error.blame is not None:
                meter.tell(None, Blame(error.blame))
            raise
        meter.head_came(hedged=came.hedged)
        if question.session is not None:
            question.session.learn(came.hop.stamped.url, came.received.headers)
        answer = HttpAnswer(
            came.received,
            method=question.method,
            hop=came.hop,
            text=question.read_whole,
            meter=meter,
            times=(came.sent, self.clock.wall()),
            silence=partial(
                self._sender.silences.after, self.timeouts.between_reads(question)
            ),
            release=came.lease.release,
        )
        return came.hop, answer


def _changes(question: Question) -> int:
    return 0 if question.session is None else question.session.changes


def _is_final(question: Question, answer: Answer, *, waited: float) -> bool:
    """Return whether to pass an error on to the player instead of retrying."""
    # RFC 8216bis section 6.2.5.2: a server ends a blocking reload that takes too long
    # with 503; gateways use 504. A retry would wait as long again.
    if question.blocks and answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return True
    return question.waits and waited >= _WAITED_SECONDS

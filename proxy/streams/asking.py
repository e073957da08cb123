"""Asks upstream with the current token, once more with a newer one if refused."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from proxy.core.hls.sniffing import SNIFF_BYTES
from proxy.core.http.answers import Statuses, Verdict, is_login_page
from proxy.core.http.headers import Fields
from proxy.core.kind import Kind
from proxy.core.tokens.rule import Rule
from proxy.core.tokens.token import KeptToken
from proxy.errors import (
    NotReadyError,
    RefusedError,
    SignatureRefusedError,
    StatusError,
    TruncatedError,
    UpstreamError,
)
from proxy.streams.crossing import crossing
from proxy.streams.stamping import CurrentToken, OwnHeaders, Stamper
from proxy.upstream.answer import Answer
from proxy.upstream.question import Question
from proxy.upstream.session import Session


class Upstream(Protocol):
    """What a stream needs of the client."""

    async def ask(self, question: Question) -> Answer:
        """Send the question; raise an UpstreamError where no answer came."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one stream's upstream, the token in place."""

    upstream: Upstream
    rule: Rule
    keeper: CurrentToken | None
    statuses: Statuses
    own: OwnHeaders = OwnHeaders()  # noqa: RUF009 - frozen
    session: Session | None = None
    skewed: Callable[[float], None] | None = None
    """Told how far the clocks of the token's origins are ahead of ours, in seconds."""

    async def ask(
        self, kind: Kind, url: str, *, method: str = "GET", headers: Fields = ()
    ) -> Answer:
        """Return an answer that can be used; every other one is raised as an error.

        A refused token is followed by a newer one and a single second try. Raises
        SignatureRefusedError where no token of ours could help.
        """
        tried = await self._tried(_Asked(kind, url, method, headers))
        return tried.answer

    async def read(
        self, kind: Kind, url: str, *, limit: int, headers: Fields = ()
    ) -> tuple[Answer, bytes]:
        """Return the answer and its whole body, decoded; otherwise like `ask`.

        A login page where a playlist belongs is a refusal like any other. A body that
        breaks off is asked for once more.
        """
        asked = _Asked(kind, url, "GET", headers, limit)
        try:
            tried = await self._tried(asked)
        except TruncatedError:
            # As good as a connection that broke before the head: nothing is out yet.
            tried = await self._tried(asked)
        return tried.answer, tried.body

    async def _tried(self, asked: "_Asked") -> "_Try":
        stamper = Stamper(
            self.rule,
            self.own,
            self.keeper,
            entry=asked.kind is Kind.ENTRY,
            kept=await self._token(asked.kind, asked.url),
        )
        renewals = 0 if self.session is None else self.session.renewals
        tried = await self._once(asked, stamper)
        if tried.verdict is Verdict.REFUSED:
            newer = await self._instead(
                asked.kind, tried.answer, stamper.kept, renewals
            )
            if newer is not None:
                stamper = replace(stamper, kept=newer)
                tried = await self._once(asked, stamper)
        if tried.verdict is not Verdict.OK:
            raise _error(asked.kind, tried)
        if stamper.kept and self.keeper and tried.answer.carried:
            self.keeper.accepted(stamper.kept)
        return tried

    async def _token(self, kind: Kind, url: str) -> KeptToken | None:
        """Return the token for the URL; nobody waits for one that goes nowhere."""
        if self.keeper is None:
            return None
        wanted = self.rule.reach.covers(url, entry=kind is Kind.ENTRY)
        return await self.keeper.token() if wanted else None

    async def _instead(
        self, kind: Kind, answer: Answer, refused: KeptToken | None, renewals: int
    ) -> KeptToken | None:
        """Return what to try once more with; None if nothing could help.

        `renewals` is how many the session had when the refused request was sent.
        """
        if refused is None:
            # Led from an origin that gets no token to one that does.
            return await self._token(kind, answer.url) if answer.redirected else None
        if not answer.carried:
            return None
        newer = await self._newer(refused)
        if self.session is not None and self.session.refused(renewals):
            # What the upstream renewed was refused, and not the token itself.
            return newer or refused
        return newer

    async def _newer(self, refused: KeptToken) -> KeptToken | None:
        """Return a newer token than the refused one; None if none may be asked for."""
        if self.keeper is None:
            return None
        newer = await self.keeper.refused(refused)
        return None if newer.generation == refused.generation else newer

    def _compare_clocks(self, question: Question, answer: Answer) -> None:
        # Playlists and refusals tell often enough; a segment is spared the parsing.
        telling = question.read_whole or answer.status in self.statuses.refused
        if self.skewed is None or not telling:
            return
        skew = answer.skew if answer.origin in self.rule.reach.origins else None
        if skew is not None:
            self.skewed(skew)

    async def _once(self, asked: "_Asked", stamper: Stamper) -> "_Try":
        kind = asked.kind
        question = asked.question(stamper, self.session)
        answer = await self.upstream.ask(question)
        self._compare_clocks(question, answer)
        verdict = self.statuses.classify(
            answer.status,
            kind=kind,
            carried=answer.carried,
            # What a playlist listed can be had anew, with a token of ours or without.
            # Behind a redirect the same is true of the entry.
            renewable=kind is not Kind.ENTRY or answer.redirected,
            directed=question.directed,
        )
        body = b""
        if verdict is not Verdict.OK:
            answer.close()
        elif asked.limit is not None:
            async with answer:
                body = await answer.read(asked.limit)
            if is_login_page(
                answer.headers.get("Content-Type", ""), body[:SNIFF_BYTES]
            ):
                verdict = Verdict.REFUSED
        return _Try(answer, verdict, body)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, whatever token goes with it."""

    kind: Kind
    url: str = field(repr=False)
    method: str
    headers: Fields = field(repr=False)
    limit: int | None = None
    """The most bytes of a body that is read; None: it is left to the caller."""

    def question(self, stamper: Stamper, session: Session | None) -> Question:
        """Return the question, to be stamped so."""
        return Question(
            method=self.method,
            url=self.url,
            kind=self.kind,
            headers=self.headers,
            stamp=stamper.stamp,
            again=stamper.again,
            clean=stamper.clean,
            session=session,
        )


@dataclass(frozen=True, slots=True)
class _Try:
    """One question and what came of it."""

    answer: Answer
    verdict: Verdict
    body: bytes = field(repr=False)


def _error(kind: Kind, tried: _Try) -> UpstreamError:
    answer, status = tried.answer, tried.answer.status
    if tried.verdict is Verdict.REFUSED:
        if kind is Kind.ENTRY:
            return RefusedError("refused, with a newer token too", status=status)
        return SignatureRefusedError("this URL is refused", status=status)
    if tried.verdict is Verdict.NOT_READY:
        return NotReadyError("the stream has not started", status=status)
    passing = crossing(answer, playlist=False)
    return StatusError("passed on", status=status, headers=passing)

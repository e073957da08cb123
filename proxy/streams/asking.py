"""Asks upstream with the current token, once more with a newer one if refused."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from proxy.core import uri
from proxy.core.answers import Statuses, Verdict, is_login_page
from proxy.core.headers import Fields, to_player
from proxy.core.kind import Kind
from proxy.core.rule import Rule, Stamped
from proxy.core.sniffing import SNIFF_BYTES
from proxy.core.token import KeptToken, Token
from proxy.errors import (
    NotReadyError,
    RefusedError,
    SignatureRefusedError,
    StatusError,
    UpstreamError,
)
from proxy.upstream.answer import Answer
from proxy.upstream.question import Question


@dataclass(frozen=True, slots=True)
class OwnHeaders:
    """The configured headers of a stream: an API key may be among them."""

    fields: Fields = field(default=(), repr=False)
    origins: frozenset[str] = frozenset()
    """The origins of the configuration; no other gets them."""

    def of(self, url: str) -> Fields:
        """Return those that go with a request for this URL."""
        return self.fields if uri.origin(url) in self.origins else ()


class CurrentToken(Protocol):
    """What a stream needs of its keeper."""

    async def token(self) -> KeptToken:
        """Return a token that may be used now, or raise TokenUnavailableError."""
        ...

    async def refused(self, kept: KeptToken) -> KeptToken:
        """Return a newer token than the refused one; raise TokenUnavailableError.

        The same one comes back where none may be asked for now: it is useless to try.
        """
        ...

    def accepted(self, kept: KeptToken) -> None:
        """Take note that the upstream accepted the token."""
        ...


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
    own: OwnHeaders = OwnHeaders()

    async def ask(
        self, kind: Kind, url: str, *, method: str = "GET", headers: Fields = ()
    ) -> Answer:
        """Return an answer that can be used; every other one is raised as an error.

        A refused token is followed by a newer one and a single second try. Raises
        SignatureRefusedError where no token of ours could help.
        """
        question = partial(self._question, kind, url, method=method, headers=headers)
        tried = await self._tried(kind, question, None)
        return tried.answer

    async def read(
        self, kind: Kind, url: str, *, limit: int, headers: Fields = ()
    ) -> tuple[Answer, bytes]:
        """Return the answer and its whole body, decoded; otherwise like `ask`.

        A login page where a playlist belongs is a refusal like any other.
        """
        question = partial(self._question, kind, url, method="GET", headers=headers)
        tried = await self._tried(kind, question, limit)
        return tried.answer, tried.body

    async def _tried(
        self,
        kind: Kind,
        question: Callable[[Token | None], Question],
        limit: int | None,
    ) -> "_Try":
        kept = await self._token(kind)
        tried = await self._once(kind, question(kept.token if kept else None), limit)
        if tried.verdict is Verdict.REFUSED and tried.answer.carried:
            newer = await self._newer(kept)
            if newer is not None:
                kept = newer
                tried = await self._once(kind, question(kept.token), limit)
        if tried.verdict is not Verdict.OK:
            raise _error(kind, tried)
        if kept and self.keeper and tried.answer.carried:
            self.keeper.accepted(kept)
        return tried

    async def _token(self, kind: Kind) -> KeptToken | None:
        if self.keeper is None:
            return None
        wanted = kind is Kind.ENTRY or self.rule.reach.everything
        return await self.keeper.token() if wanted else None

    async def _newer(self, refused: KeptToken | None) -> KeptToken | None:
        """Return a newer token than the refused one; None if none may be asked for."""
        if refused is None or self.keeper is None:
            return None
        newer = await self.keeper.refused(refused)
        return None if newer.generation == refused.generation else newer

    def _question(
        self,
        kind: Kind,
        url: str,
        token: Token | None,
        *,
        method: str,
        headers: Fields,
    ) -> Question:
        entry = kind is Kind.ENTRY
        return Question(
            method=method,
            url=url,
            kind=kind,
            headers=headers,
            stamp=partial(self._stamp, token=token, entry=entry),
            clean=partial(self.rule.clean, entry=entry),
        )

    def _stamp(self, url: str, *, token: Token | None, entry: bool) -> Stamped:
        stamped = self.rule.stamp(url, token, entry=entry)
        return replace(stamped, headers=self.own.of(url) + stamped.headers)

    async def _once(self, kind: Kind, question: Question, limit: int | None) -> "_Try":
        answer = await self.upstream.ask(question)
        verdict = self.statuses.classify(
            answer.status,
            kind=kind,
            carried=answer.carried,
            # Behind a redirect it is another one's signature, of the entry as well.
            signed_child=self.keeper is not None
            and (kind is not Kind.ENTRY or answer.redirected),
        )
        body = b""
        if verdict is not Verdict.OK:
            answer.close()
        elif limit is not None:
            async with answer:
                body = await answer.read(limit)
            if is_login_page(
                answer.headers.get("Content-Type", ""), body[:SNIFF_BYTES]
            ):
                verdict = Verdict.REFUSED
        return _Try(answer, verdict, body)


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
    passing = to_player(answer.headers.items(), playlist=False)
    return StatusError("passed on", status=status, headers=passing)

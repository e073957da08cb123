"""Asks upstream with the current token, once more with a newer one if refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from proxy.core.http.answers import DOUBTFUL, Statuses
from proxy.core.http.player_query import directed
from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Rule
from proxy.core.tokens.token import KeptToken
from proxy.errors import (
    RedirectRefusedError,
    TokenUnavailableError,
    TruncatedError,
)
from proxy.fetch.guarding import SecretGuard
from proxy.fetch.judging import Tried, Wanted, judged, led_astray, of_player, renewed
from proxy.fetch.stamping import CurrentToken, OwnHeaders, Stamper
from proxy.fetch.standing import Standing
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
    guard: SecretGuard = field(default_factory=SecretGuard)
    """Knows what no player may see."""
    standing: Standing = field(default_factory=Standing)
    """Knows what tokens have opened."""
    skewed: Callable[[float], None] | None = None
    """Told how far the clocks of the token's origins are ahead of ours, in seconds."""
    doubted: Callable[[KeptToken], Awaitable[KeptToken]] | None = None
    """Returns a newer token than one that may have ended unnoticed, else the same."""

    def within(self, session: Session) -> "Asker":
        """Return one that asks in another session."""
        return replace(self, session=session)

    async def ask(self, wanted: Wanted) -> Answer:
        """Return an answer that can be used; every other one is raised as an error.

        A refused token is followed by a newer one and a single second try. Raises
        SignatureRefusedError where no token of ours could help, PlayerRefusedError
        where the same question is not refused without what the player added.
        """
        return (await self._tried(wanted))[1]

    def renewed(self) -> int:
        """Return how often what is sent with a URL was renewed.

        That is the upstream's session, or a token that playlists showed to be old.
        """
        changes = 0 if self.session is None else self.session.changes
        return changes + self.standing.cures

    async def read(self, wanted: Wanted) -> tuple[Answer, bytes]:
        """Return the answer and its whole body, decoded; otherwise like `ask`.

        A body that breaks off is asked for once more.
        """
        try:
            tried, answer = await self._tried(wanted)
        except TruncatedError:
            # As good as a connection that broke before the head: nothing is out yet.
            tried, answer = await self._tried(wanted)
        return answer, tried.body

    async def _tried(self, wanted: Wanted) -> tuple[Tried, Answer]:
        stamper = await self._stamper(wanted)
        renewals = 0 if self.session is None else self.session.renewals
        tried, refused = await self._once(wanted, stamper), stamper.kept
        if tried.curable and await self._is_of_player(wanted, stamper):
            raise of_player(tried)
        if tried.curable:
            newer = await self._instead(wanted, tried, stamper.kept, renewals)
            if newer is not None:
                another = _generation(stamper) != newer.generation
                stamper = replace(stamper, kept=newer)
                # An entry that is missing under a newer token too is missing.
                had = wanted.had and wanted.kind is not Kind.ENTRY
                tried = await self._once(replace(wanted, had=had), stamper)
                tried = renewed(tried) if another else tried
        elif newer := await self._for_doubtful(wanted, tried, stamper.kept):
            stamper = replace(stamper, kept=newer)
            tried = await self._once(wanted, stamper)
        if tried.failure is not None:
            raise tried.failure
        if tried.answer is None:
            raise AssertionError("an answer that can be used is there")
        if stamper.kept and self.keeper and tried.answer.carried:
            kind, cured = wanted.kind, stamper.kept is not refused
            self.keeper.accepted(stamper.kept, self.standing.subject(kind, wanted.name))
            self.standing.accepted(kind, cured=cured)
        return tried, tried.answer

    async def _is_of_player(self, wanted: Wanted, refused: Stamper) -> bool:
        """Tell whether a refusal is about what the player added to its question.

        A token that ended while the question was out is reason enough for a refusal.
        """
        if not wanted.personal:
            return False
        stamper = await self._stamper(wanted)
        if _generation(stamper) != _generation(refused):
            return False
        tried = await self._once(wanted.bare, stamper)
        if tried.answer is not None:
            tried.answer.close()
        return not tried.curable

    async def _stamper(self, wanted: Wanted) -> Stamper:
        return Stamper(
            self.rule,
            self.own,
            self.keeper,
            entry=wanted.kind is Kind.ENTRY,
            kept=await self._token(wanted.kind, wanted.url),
        )

    async def _token(self, kind: Kind, url: str) -> KeptToken | None:
        """Return the token for the URL; nobody waits for one that goes nowhere."""
        if self.keeper is None:
            return None
        wanted = self.rule.reach.covers(url, entry=kind is Kind.ENTRY)
        return await self.keeper.token() if wanted else None

    async def _instead(
        self, wanted: Wanted, tried: Tried, refused: KeptToken | None, renewals: int
    ) -> KeptToken | None:
        """Return what to try once more with; None if nothing could help.

        `renewals` is how many the session had when the refused request was sent.
        """
        answer = tried.answer
        if refused is None:
            # Led from an origin that gets no token to one that does.
            led = answer is not None and answer.redirected
            return (
                await self._token(wanted.kind, answer.url) if answer and led else None
            )
        if tried.plain and answer is not None and not answer.carried:
            return None  # who refused there was not shown the token
        try:
            newer = await self._newer(wanted, refused)
        except TokenUnavailableError:
            # That nothing newer can be had does not tell what a page or a 404 means.
            if tried.plain:
                raise
            newer = None
        if self.session is not None and self.session.refused(renewals):
            # What the upstream renewed was refused, and not the token itself.
            return newer or refused
        return newer

    async def _newer(self, wanted: Wanted, refused: KeptToken) -> KeptToken | None:
        """Return a newer token than the refused one; None if none may be asked for."""
        if self.keeper is None:
            return None
        subject = self.standing.subject(wanted.kind, wanted.name)
        newer = await self.keeper.refused(refused, subject)
        return None if newer.generation == refused.generation else newer

    async def _for_doubtful(
        self, wanted: Wanted, tried: Tried, kept: KeptToken | None
    ) -> KeptToken | None:
        """Return a newer token for an entry that is missing, as some say no; or None.

        That a token ended before its first use, nothing else tells.
        """
        answer = tried.answer
        if answer is None or kept is None or self.doubted is None:
            return None
        if wanted.kind is not Kind.ENTRY or directed(wanted.query):
            return None
        if answer.status not in DOUBTFUL or not answer.carried:
            return None
        try:
            newer = await self.doubted(kept)
        except TokenUnavailableError:
            return None  # what upstream says stands
        return None if newer.generation == kept.generation else newer

    def _compare_clocks(self, question: Question, answer: Answer) -> None:
        # Playlists and refusals tell often enough; a segment is spared the parsing.
        telling = question.read_whole or answer.status in self.statuses.refused
        if self.skewed is None or not telling:
            return
        skew = answer.skew if answer.origin in self.rule.reach.origins else None
        if skew is not None:
            self.skewed(skew)

    async def _once(self, wanted: Wanted, stamper: Stamper) -> Tried:
        question = wanted.question(stamper, self.session)
        try:
            answer = await self.upstream.ask(question)
        except RedirectRefusedError as error:
            return led_astray(wanted, error, carried=stamper.kept is not None)
        signed = stamper.kept is not None and stamper.kept.sign is not None
        answer.private = self.guard.recogniser(
            answer, remember=question.read_whole or not signed
        )
        self._compare_clocks(question, answer)
        return await judged(wanted, question, answer, self.statuses)


def _generation(stamper: Stamper) -> int | None:
    return None if stamper.kept is None else stamper.kept.generation

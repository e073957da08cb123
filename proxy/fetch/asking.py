"""Sends requests with the current token; retries once with a newer one if refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from proxy.core.http.answers import DOUBTFUL, Statuses
from proxy.core.http.player_query import directed
from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Rule, Stamped
from proxy.core.tokens.token import KeptToken
from proxy.errors import (
    RedirectRefusedError,
    TokenUnavailableError,
    TruncatedError,
)
from proxy.fetch.guarding import SecretGuard
from proxy.fetch.judging import Tried, judged, led_astray, of_player, renewed
from proxy.fetch.stamping import CurrentToken, OwnHeaders, Stamper
from proxy.fetch.token_standing import TokenStanding
from proxy.fetch.wanted import Wanted
from proxy.upstream.answer import Answer
from proxy.upstream.question import Question
from proxy.upstream.session import Session


class Upstream(Protocol):
    """What a stream needs from the HTTP client."""

    async def ask(self, question: Question) -> Answer:
        """Send the request; raise an UpstreamError if no answer came."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Sends requests to one stream's upstream, with the token added."""

    upstream: Upstream
    rule: Rule
    keeper: CurrentToken | None
    statuses: Statuses
    own: OwnHeaders = OwnHeaders()  # noqa: RUF009 - frozen
    session: Session | None = None
    guard: SecretGuard = field(default_factory=SecretGuard)
    """Knows the secrets that no player may see."""
    standing: TokenStanding = field(default_factory=TokenStanding)
    """Records what the upstream has served with tokens."""
    skewed: Callable[[float], None] | None = None
    """Called with how far the clocks of the token's origins are ahead, in seconds."""
    doubted: Callable[[KeptToken], Awaitable[KeptToken]] | None = None
    """Returns a newer token than one that may have expired unnoticed, else the same."""

    def within(self, session: Session) -> "Asker":
        """Return an Asker that uses another session."""
        return replace(self, session=session)

    async def ask(self, wanted: Wanted) -> Answer:
        """Return an answer that can be used; raise an error for any other.

        If the token is refused, the request is sent once more with a newer one. Raises
        SignatureRefusedError if no token of ours could help. Raises PlayerRefusedError
        if the same request is not refused without the player's additions.
        """
        return (await self._tried(wanted))[1]

    def renewed(self) -> int:
        """Return how often the data sent with a URL was renewed.

        That is the upstream's session, or a token that a refused playlist showed to be
        old.
        """
        changes = 0 if self.session is None else self.session.changes
        return changes + self.standing.cures

    async def stamped(self, wanted: Wanted) -> Stamped:
        """Return what a request would be sent with, for a player to send it instead.

        Raises TokenUnavailableError if there is no token for it.
        """
        stamper = await self._stamper(wanted)
        return stamper.stamp(wanted.question(stamper, None).url)

    async def read(self, wanted: Wanted) -> tuple[Answer, bytes]:
        """Return the answer and its whole body, decoded; otherwise like `ask`.

        A body that breaks off is requested once more.
        """
        try:
            tried, answer = await self._tried(wanted)
        except TruncatedError:
            # The player got nothing yet, so this is like a connection that broke before
            # the head.
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
                # If the entry is missing with a newer token too, it really is missing.
                had = wanted.had and wanted.kind is not Kind.ENTRY
                tried = await self._once(replace(wanted, had=had), stamper)
                tried = renewed(tried) if another else tried
        elif wanted.kind is Kind.ENTRY:
            newer = await self._for_doubtful(wanted, tried, stamper.kept)
            if newer is not None:
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
        """Return whether a refusal is about the player's additions to the request.

        It is not if the token was replaced meanwhile, because that explains a refusal.
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
            keeper=self.keeper,
            entry=wanted.kind is Kind.ENTRY,
            kept=await self._token(wanted.kind, wanted.url),
        )

    async def _token(self, kind: Kind, url: str) -> KeptToken | None:
        """Return the token for the URL, or None without waiting if it gets none."""
        if self.keeper is None:
            return None
        wanted = self.rule.reach.covers(url, entry=kind is Kind.ENTRY)
        return await self.keeper.token() if wanted else None

    async def _instead(
        self, wanted: Wanted, tried: Tried, refused: KeptToken | None, renewals: int
    ) -> KeptToken | None:
        """Return the token for a second try; None if nothing could help.

        `renewals` is the session's count of renewals when the refused request was sent.
        """
        answer = tried.answer
        if refused is None:
            # Redirected from an origin that gets no token to one that does.
            led = answer is not None and answer.redirected
            return (
                await self._token(wanted.kind, answer.url) if answer and led else None
            )
        if tried.plain and answer is not None and not answer.carried:
            return None  # the server that refused did not get the token
        try:
            newer = await self._newer(wanted, refused)
        except TokenUnavailableError:
            # A page or a 404 may have other reasons, so the lack of a newer token is
            # not the error to raise.
            if tried.plain:
                raise
            newer = None
        if self.session is not None and self.session.refused(renewals):
            # A credential that the upstream renewed was refused, not the token itself.
            return newer or refused
        return newer

    async def _newer(self, wanted: Wanted, refused: KeptToken) -> KeptToken | None:
        """Return a newer token than the refused one; None if none may be requested."""
        if self.keeper is None:
            return None
        subject = self.standing.subject(wanted.kind, wanted.name)
        newer = await self.keeper.refused(refused, subject)
        return None if newer.generation == refused.generation else newer

    async def _for_doubtful(
        self, wanted: Wanted, tried: Tried, kept: KeptToken | None
    ) -> KeptToken | None:
        """Return a newer token for a missing entry, or None.

        Some upstreams answer 400 or 404 instead of refusing. If a token expired before
        its first use, there is no other sign.
        """
        answer = tried.answer
        if answer is None or kept is None or self.doubted is None:
            return None
        if directed(wanted.query):
            return None
        if answer.status not in DOUBTFUL or not answer.carried:
            return None
        try:
            newer = await self.doubted(kept)
        except TokenUnavailableError:
            return None  # keep the upstream's answer
        return None if newer.generation == kept.generation else newer

    def _compare_clocks(self, question: Question, answer: Answer) -> None:
        # Playlists and refusals come often enough, so segments skip the parsing.
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

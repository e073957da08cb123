"""Decides whether an answer can be used, and if not, what to do."""

import asyncio
from dataclasses import field, replace
from functools import partial

from proxy.core.hls.imposters import (
    Imposter,
    imposter,
    is_page_type,
    is_suspect,
    is_unclear,
)
from proxy.core.hls.sniffing import (
    SNIFF_BYTES,
    UNCLEAR_BYTES,
    begins_at_zero,
    is_named_subtitle,
    is_plainly_media,
    is_whole,
)
from proxy.core.http.answers import Statuses, Verdict
from proxy.core.http.framing import Framing
from proxy.core.http.headers import JSON_DOCUMENTS, PLAYLISTS, Fields, impersonal
from proxy.core.http.uri_query import append_query
from proxy.core.kind import Kind
from proxy.core.values import value
from proxy.errors import (
    ImposterError,
    NotReadyError,
    PlayerRefusedError,
    RedirectRefusedError,
    RefusedError,
    SignatureRefusedError,
    StatusError,
    UpstreamError,
)
from proxy.fetch.response_fields import crossing
from proxy.fetch.stamping import Stamper
from proxy.upstream.answer import Answer
from proxy.upstream.question import Question
from proxy.upstream.remarks import remark, remark_of
from proxy.upstream.session import Session

GLANCE_SECONDS = 0.25
"""How long to wait for the first bytes of a body; a held part has none yet."""

# A key is no longer than this, so all of it is seen.
_KEY_BYTES = 1024
_NO_CONTENT, _PARTIAL, _FOUND, _NOT_FOUND = 204, 206, 302, 404
_ABSENT = "the stream has not started"
# Bytes can show that these are media. Other kinds are judged by their text or length.
_MAYBE_MEDIA = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
# No part of the requested resource looks like these.
_PLAIN = frozenset({Imposter.PAGE, Imposter.XML, Imposter.JSON})
_NOUNS = {
    Kind.ENTRY: "a playlist",
    Kind.PLAYLIST: "a playlist",
    Kind.SEGMENT: "a segment",
    Kind.PART: "a part of a segment",
    Kind.MAP: "an init section",
    Kind.KEY: "a key",
    Kind.STEERING: "a steering manifest",
    Kind.ASSET_LIST: "a list of assets",
}


@value
class Wanted:
    """A request, independent of the token that is sent with it."""

    kind: Kind
    url: str = field(repr=False)
    name: str = ""
    """The local path, which stays the same when the URL gets a new signature."""
    method: str = "GET"
    headers: Fields = field(default=(), repr=False)
    """The player's header fields that may be forwarded."""
    ours: Fields = field(default=(), repr=False)
    """The proxy's own fields, which request the rest of a body that broke off."""
    query: str = field(default="", repr=False)
    """The forwarded part of the player's query."""
    limit: int | None = None
    """The most bytes of the body to read; None leaves the body to the caller."""
    setting: str = ""
    """The name of the setting for that limit."""
    had: bool = False
    """Whether this playlist was available before."""
    allow_empty: bool = False
    """Whether an empty body is accepted."""

    @property
    def personal(self) -> bool:
        """Whether the player added something, which may be why it is refused."""
        return bool(self.query) or impersonal(self.headers) != self.headers

    @property
    def bare(self) -> "Wanted":
        """The same request without the player's additions."""
        return replace(self, headers=impersonal(self.headers), query="")

    def question(self, stamper: Stamper, session: Session | None) -> Question:
        """Return the request to send, with this stamper and session."""
        return Question(
            method=self.method,
            url=append_query(self.url, self.query) if self.query else self.url,
            kind=self.kind,
            headers=self.headers + self.ours,
            stamp=stamper.stamp,
            again=stamper.again,
            clean=stamper.clean,
            session=session,
            rest=bool(self.ours),
        )


@value
class Tried:
    """The outcome of one request."""

    answer: Answer | None
    """None if a redirect led to a place where the stream may not go."""
    body: bytes = field(default=b"", repr=False)
    """The whole body, if it was to be read."""
    failure: UpstreamError | None = None
    """Why the answer cannot be used; None if it can."""
    curable: bool = False
    """Whether a newer token or URL may help."""
    plain: bool = True
    """Whether the status itself is the refusal, not a page or a redirect."""


async def judged(
    wanted: Wanted,
    question: Question,
    answer: Answer,
    statuses: Statuses,
) -> Tried:
    """Return the outcome for an answer; an answer that cannot be used is closed.

    The failure contains the upstream's own message, without secrets.
    """
    # A listed URL can be renewed, with or without a token of ours. After a redirect
    # that is true of the entry as well.
    renewable = wanted.kind is not Kind.ENTRY or answer.redirected
    classify = partial(
        statuses.classify,
        answer.status,
        kind=wanted.kind,
        carried=answer.carried,
        directed=question.directed,
    )
    verdict = classify(renewable=renewable, had=wanted.had)
    if verdict is Verdict.OK:
        return await _of_content(wanted, answer)
    said = await remark_of(answer)
    if verdict is Verdict.REFUSED:
        refusal = _refusal(wanted, answer.status)
        return Tried(answer, failure=_saying(refusal, said), curable=True)
    if verdict is not Verdict.DOUBTFUL:
        return Tried(answer, failure=_saying(_failure(answer, verdict), said))
    failure = SignatureRefusedError(
        "missing, though it was there",
        status=answer.status,
        otherwise=_failure(answer, classify()),
    )
    return Tried(answer, failure=_saying(failure, said), curable=True, plain=False)


def led_astray(wanted: Wanted, error: RedirectRefusedError, *, carried: bool) -> Tried:
    """Return the outcome for a redirect that may not be followed.

    Such a redirect often leads to a login page.
    """
    curable = carried or wanted.kind is not Kind.ENTRY
    failure = _instead(wanted, _FOUND, error)
    return Tried(None, failure=failure, curable=curable, plain=False)


def of_player(tried: Tried) -> UpstreamError:
    """Return the error for a refusal that is about the player's additions."""
    failure = tried.failure
    otherwise = getattr(failure, "otherwise", None)
    if isinstance(otherwise, StatusError):
        return otherwise
    status = _FOUND if tried.answer is None else tried.answer.status
    return PlayerRefusedError("what the player added is refused", status=status)


def renewed(tried: Tried) -> Tried:
    """Return the same outcome, noting that a newer token did not help either."""
    refused = tried.failure
    if type(refused) is not RefusedError:
        return tried
    reason = "the upstream refused the request, with a newer token too"
    failure = RefusedError(reason, status=refused.status)
    return replace(tried, failure=_saying(failure, refused.said))


async def _of_content(wanted: Wanted, answer: Answer) -> Tried:
    body, head = b"", None
    if wanted.kind in _MAYBE_MEDIA and is_plainly_media(answer.shown(SNIFF_BYTES)):
        return Tried(answer)
    said = answer.headers.get("Content-Type", "")
    try:
        if wanted.limit is None:
            head = await _glance(wanted.kind, answer, said)
        else:
            async with answer:
                body = await answer.read(wanted.limit, wanted.setting)
            whole = wanted.kind in JSON_DOCUMENTS
            head = body if whole else body.lstrip()[:UNCLEAR_BYTES]
    except BaseException:
        answer.close()
        raise
    came = None
    if head is not None:
        subtitle = is_named_subtitle(wanted.url, answer.url)
        came = imposter(wanted.kind, said, head, subtitle=subtitle)
    if came is None or (came is Imposter.NOTHING and wanted.allow_empty):
        return Tried(answer, body)
    if came not in _PLAIN and _is_piece(wanted.kind, answer, head or b""):
        return Tried(answer, body)
    answer.close()
    failure = _instead(wanted, answer.status, _imposter_error(wanted, answer, came))
    said = remark(answer, body or head or b"", whole=bool(body))
    return Tried(answer, failure=_saying(failure, said), curable=True, plain=False)


def _is_piece(kind: Kind, answer: Answer, head: bytes) -> bool:
    """Return whether the answer is a part that shows nothing about the whole.

    Players request the first two bytes to learn the length of a file. In media these
    may happen to be letters.
    """
    if answer.status != _PARTIAL:
        return False
    if kind in PLAYLISTS:
        return True
    whole = is_whole(answer.headers.get("Content-Range", ""))
    short = kind is Kind.KEY or len(head) < SNIFF_BYTES
    return bool(head) and short and not whole


async def _glance(kind: Kind, answer: Answer, said: str) -> bytes | None:
    """Return the beginning of a body; None if it has none that helps, or not soon.

    The bytes stay in the answer. Keys, and answers whose type suggests a page, are
    awaited without a timeout here, because no server sends those slowly.
    """
    patient = kind is Kind.KEY or is_suspect(said)
    if answer.framing is Framing.NONE and answer.status != _NO_CONTENT:
        return None
    part = answer.headers.get("Content-Range", "")
    if (
        answer.status == _PARTIAL
        and not begins_at_zero(part)
        and not is_page_type(said)
    ):
        return None
    size = _KEY_BYTES if kind is Kind.KEY else SNIFF_BYTES
    try:
        if answer.shows(size):
            head = await answer.beginning(size)
        else:
            async with asyncio.timeout(None if patient else GLANCE_SECONDS):
                head = await answer.beginning(size)
                # There are bytes, but in an unknown coding.
                if not head and await answer.peek(1):
                    return None
    except TimeoutError:
        return None
    if len(head) == SNIFF_BYTES and is_unclear(head):
        return await answer.beginning(UNCLEAR_BYTES)
    return head


def _imposter_error(wanted: Wanted, answer: Answer, came: Imposter) -> ImposterError:
    exposed = answer.origin.startswith("http:")
    noun = _NOUNS.get(wanted.kind, "a resource")
    reason = f"expected {noun}, got {came}"
    if came is Imposter.LENGTH:
        reason = "expected a key of 16 or 32 bytes, got another length"
    if came is Imposter.PAGE:
        perhaps = "a captive portal or a login page" if exposed else "a login page"
        reason += f"; perhaps {perhaps}"
    return ImposterError(
        reason,
        empty=came is Imposter.NOTHING,
        page=came is Imposter.PAGE,
        exposed=exposed,
    )


def _saying(failure: UpstreamError, said: str) -> UpstreamError:
    failure.said = said
    return failure


def _instead(wanted: Wanted, status: int, failure: UpstreamError) -> UpstreamError:
    """Return the error for a refusal that came as a page or a redirect."""
    if wanted.kind is Kind.ENTRY:
        return failure
    reason = "this URL is refused"
    return SignatureRefusedError(reason, status=status, otherwise=failure)


def _refusal(wanted: Wanted, status: int) -> UpstreamError:
    if wanted.kind is Kind.ENTRY:
        return RefusedError("the upstream refused the request", status=status)
    return SignatureRefusedError("this URL is refused", status=status)


def _failure(answer: Answer, verdict: Verdict) -> UpstreamError:
    if verdict is Verdict.NOT_READY:
        absent = answer.status == _NOT_FOUND
        reason = f"{_ABSENT}, or its URL is wrong" if absent else _ABSENT
        return NotReadyError(reason, status=answer.status)
    passing = crossing(answer, playlist=False)
    return StatusError("passed on", status=answer.status, headers=passing)

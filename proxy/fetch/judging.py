"""Decides whether an answer can be used, and if not, what to do."""

from dataclasses import KW_ONLY, field, replace
from functools import partial

from proxy.core.hls.imposters import (
    Imposter,
)
from proxy.core.http.answers import Statuses, Verdict
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
from proxy.fetch.content_check import content_of
from proxy.fetch.response_fields import crossing
from proxy.fetch.wanted import Wanted
from proxy.upstream.answer import Answer
from proxy.upstream.error_texts import remark, remark_of
from proxy.upstream.question import Question

_FOUND, _NOT_FOUND = 302, 404
_ABSENT = "the stream has not started"

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
class Tried:
    """The outcome of one request."""

    answer: Answer | None
    """None if a redirect led to a place where the stream may not go."""
    body: bytes = field(default=b"", repr=False)
    """The whole body, if it was to be read."""
    _: KW_ONLY
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
    content = await content_of(wanted, answer)
    came = content.imposter
    if came is None:
        return Tried(answer, content.body)
    failure = _instead(wanted, answer.status, _imposter_error(wanted, answer, came))
    said = remark(answer, content.seen, whole=bool(content.body))
    return Tried(answer, failure=_saying(failure, said), curable=True, plain=False)


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

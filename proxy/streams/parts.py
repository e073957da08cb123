"""Requests ranges as the player does, and passes on only those that match."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import field
from types import TracebackType
from typing import Self

from multidict import CIMultiDict

from proxy.core.http.answers import TRANSIENT
from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields
from proxy.core.http.ranges import Extent, Part, Ranges, without_ranges
from proxy.core.values import value
from proxy.deadline import hasty
from proxy.errors import (
    BadAnswerError,
    StatusError,
    TruncatedError,
    UnreachableError,
)
from proxy.replies import MediaBody
from proxy.upstream.answer import Answer

_OK, _PARTIAL, _UNSATISFIABLE = 200, 206, 416
_CONFUSED = TRANSIENT | {400, 501}
"""What servers answer to a Range that they cannot parse."""
_CONTENT_RANGE = "Content-Range"

AskPart = Callable[[Fields], Awaitable[Answer]]
"""Sends the request for one resource with these header fields."""


@value
class Fitting:
    """An answer that matches the request, and how the player gets it."""

    answer: Answer
    status: int
    piece: Extent | None = None
    """The range of its body that the player gets; None means all of it."""
    fields: Fields = field(default=(), repr=False)
    """Replaces the upstream's Content-Range; empty for a whole resource."""

    def headers(self, crossing: Fields) -> Fields:
        """Return the player's header fields, given those that may be passed on."""
        if self.status == self.answer.status and not self.fields:
            return crossing
        name = _CONTENT_RANGE.lower()
        return tuple(p for p in crossing if p[0].lower() != name) + self.fields

    def body(self, whole: MediaBody) -> MediaBody:
        """Return the player's body, given the whole one."""
        return whole if self.piece is None else Cut(whole, self.piece)


async def fitting(ask: AskPart, fields: Fields) -> Fitting:
    """Return an answer that matches what the fields ask for.

    The whole is requested once more after a part that does not match, a refusal that
    contradicts itself, or a failure on an odd range. Raises BadAnswerError if the
    second answer does not match either.
    """
    ranges = Ranges.of(fields)
    first = await _fitting(ask, fields, ranges)
    if first is not None:
        return first
    second = await _fitting(ask, without_ranges(fields), Ranges())
    if second is None:
        raise BadAnswerError("the answer is another part than the one asked for")
    if not ranges.asked or second.status != _OK:
        return second
    return _cut(second, ranges)


async def _fitting(ask: AskPart, fields: Fields, ranges: Ranges) -> Fitting | None:
    """Send the request once; return None if the answer does not match.

    An odd range that makes a server fail is not retried.
    """
    try:
        if ranges.odd:
            with hasty():
                answer = await ask(fields)
        else:
            answer = await ask(fields)
    except (StatusError, UnreachableError) as error:
        if _is_final(error, ranges):
            raise
        return None
    if answer.status != _PARTIAL:
        return Fitting(answer, answer.status)
    # Repeated Content-Range fields contradict each other. Joined, they match nothing.
    headers = CIMultiDict(answer.headers)
    headers[_CONTENT_RANGE] = _said(tuple(answer.headers.items()))
    if not ranges.is_answered_by(headers, answer.content_length):
        answer.close()
        return None
    part = Part.of(headers[_CONTENT_RANGE])
    if not ranges.asked:
        return Fitting(answer, _OK)
    if part is None or part.total is None or answer.framing is not Framing.CHUNKED:
        return Fitting(answer, _PARTIAL)
    # A chunked body has no length. Check that it has as many bytes as announced.
    return Fitting(answer, _PARTIAL, Extent(0, part.end - part.start, None))


def _is_final(error: StatusError | UnreachableError, ranges: Ranges) -> bool:
    """Return whether a request for the whole would fail in the same way."""
    if isinstance(error, UnreachableError) or error.status in _CONFUSED:
        return not ranges.odd
    refused = error.status == _UNSATISFIABLE
    return not refused or ranges.is_refused_by(_said(error.headers))


def _cut(whole: Fitting, ranges: Ranges) -> Fitting:
    """Return the requested piece of a whole, if cutting it out is cheap.

    Raises StatusError (416) if the range is outside the whole.
    """
    answer, length = whole.answer, whole.answer.content_length
    if length is not None and ranges.is_outside(length):
        answer.close()
        refusal = ((_CONTENT_RANGE, f"bytes */{length}"),)
        raise StatusError("outside", status=_UNSATISFIABLE, headers=refusal)
    piece = ranges.piece(answer.headers, length)
    if piece is None or answer.framing is Framing.NONE:
        return whole
    told = ((_CONTENT_RANGE, piece.content_range),)
    return Fitting(answer, _PARTIAL, piece, told)


def _said(fields: Fields) -> str:
    name = _CONTENT_RANGE.lower()
    return ", ".join(value for key, value in fields if key.lower() == name)


class Cut:
    """A piece of a body. The bytes before it are read, those after it are not."""

    framing = Framing.LENGTH

    def __init__(self, whole: MediaBody, piece: Extent) -> None:
        self.content_length = piece.end - piece.start
        self._whole = whole
        self._skip = piece.start

    @property
    def held(self) -> bool:
        """Whether the upstream holds back the first byte of the whole body."""
        return self._whole.held

    async def __aenter__(self) -> Self:
        await self._whole.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._whole.__aexit__(kind, error, trace)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the piece; raise TruncatedError if the body is shorter."""
        skip, left = self._skip, self.content_length
        async for chunk in self._whole.chunks():
            data = chunk[skip : skip + left]
            skip = max(0, skip - len(chunk))
            left -= len(data)
            if data:
                yield data
            if not left:
                return
        raise TruncatedError("the whole has less than was asked for")

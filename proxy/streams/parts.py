"""Parts of resources: asked for as the player asks, and handed on only if they fit."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from multidict import CIMultiDict

from proxy.core.http.answers import TRANSIENT
from proxy.core.http.headers import Fields
from proxy.core.http.ranges import Extent, Part, Ranges, without_ranges
from proxy.deadline import hasty
from proxy.errors import (
    BadAnswerError,
    StatusError,
    TruncatedError,
    UnreachableError,
)
from proxy.streams.replies import MediaBody
from proxy.upstream.answer import Answer, Framing

_OK, _PARTIAL, _UNSATISFIABLE = 200, 206, 416
_CONFUSED = TRANSIENT | {400, 501}
"""What servers answer to a Range that they cannot read."""
_CONTENT_RANGE = "Content-Range"

AskPart = Callable[[Fields], Awaitable[Answer]]
"""Ask for one resource with these fields."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """An answer to what was asked, and how the player gets it."""

    answer: Answer
    status: int
    piece: Extent | None = None
    """What of its body the player gets; None: all of it."""
    fields: Fields = field(default=(), repr=False)
    """What takes the place of the upstream's Content-Range; empty for a whole."""

    def headers(self, crossing: Fields) -> Fields:
        """Return the fields for the player, by those that may cross."""
        if self.status == self.answer.status and not self.fields:
            return crossing
        name = _CONTENT_RANGE.lower()
        return tuple(p for p in crossing if p[0].lower() != name) + self.fields

    def body(self, whole: MediaBody) -> MediaBody:
        """Return the bytes for the player, by all that come."""
        return whole if self.piece is None else Cut(whole, self.piece)


async def fitting(ask: AskPart, fields: Fields) -> Fitting:
    """Return an answer that is what the fields ask for.

    A part that is none of it, a refusal that contradicts itself, or a failure over an
    odd range costs one more question, for the whole. Raises BadAnswerError where that
    is answered so too.
    """
    ranges = Ranges.of(fields)
    first = await _fitting(ask, fields, ranges)
    if first is not None:
        return first
    second = await _fitting(ask, without_ranges(fields), Ranges())
    if second is None:
        raise BadAnswerError("a part that nobody asked for")
    if not ranges.asked or second.status != _OK:
        return second
    return _cut(second, ranges)


async def _fitting(ask: AskPart, fields: Fields, ranges: Ranges) -> Fitting | None:
    """Ask once; return None for what does not fit.

    A server that fails over an odd range is not asked for that again.
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
    # Several fields of one name contradict each other: joined they fit nothing.
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
    # Nothing else tells whether as much comes as it says.
    return Fitting(answer, _PARTIAL, Extent(0, part.end - part.start, None))


def _is_final(error: StatusError | UnreachableError, ranges: Ranges) -> bool:
    """Tell whether the same would come of a question for the whole."""
    if isinstance(error, UnreachableError) or error.status in _CONFUSED:
        return not ranges.odd
    refused = error.status == _UNSATISFIABLE
    return not refused or ranges.is_refused_by(_said(error.headers))


def _cut(whole: Fitting, ranges: Ranges) -> Fitting:
    """Return the piece of a whole that was asked for, where it can be had cheaply."""
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
    """A stretch of a body. What stands before it is read, what follows is not."""

    framing = Framing.LENGTH

    def __init__(self, whole: MediaBody, piece: Extent) -> None:
        self.content_length = piece.end - piece.start
        self._whole = whole
        self._skip = piece.start

    @property
    def held(self) -> bool:
        """Whether the upstream holds back the first byte of the whole."""
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
        """Yield its bytes; raise TruncatedError if the whole has fewer."""
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

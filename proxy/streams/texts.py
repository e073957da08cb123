"""Passes bodies on, and removes secrets from those that are text.

Subtitles and session data are text, and some upstreams repeat in them what they were
sent. Media are not searched.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import NamedTuple, Self

from proxy.core.hls.text_bodies import SAMPLE_BYTES, may_be_text
from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.errors import BadAnswerError
from proxy.replies import MediaBody, MediaReply
from proxy.upstream.answer import Answer
from proxy.upstream.coding import beginning, decode

MOST_BYTES = 8 * 1024 * 1024
"""The most bytes of a text; the subtitles of a long film have a tenth of this."""

AskWhole = Callable[[], Awaitable[Answer]]
"""Requests the whole resource after a part was requested."""

_OK = 200
_CODED_BYTES = 4096
# Larger texts would block the event loop for more than a few milliseconds.
_OWN_THREAD_BYTES = 16 * 1024
# These fields describe the bytes that the upstream sent, not the changed ones.
_OF_THE_BYTES = frozenset(
    {
        *("accept-ranges", "content-encoding", "content-range", "etag"),
        *("last-modified",),
    }
)


@dataclass(slots=True)
class HeldBody:
    """A partly read body: the bytes read so far, then the rest as it comes."""

    body: MediaBody
    begun: bytes = field(repr=False)
    rest: AsyncIterator[bytes] | None = None
    framing: Framing = field(init=False)
    content_length: int | None = field(init=False)
    held: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Copy the framing and the length from the body."""
        self.framing = self.body.framing
        self.content_length = self.body.content_length

    async def __aenter__(self) -> Self:
        await self.body.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.body.__aexit__(kind, error, trace)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        if self.begun:
            yield self.begun
        if self.rest is not None:
            async for chunk in self.rest:
                yield chunk


async def unsecret(
    reply: MediaReply, private: Recogniser, ask_whole: AskWhole, *, text: bool
) -> MediaReply:
    """Return the reply, with secrets removed from its body if it is text.

    `text` means that the body is declared as text. Any other body is read until it
    shows that it is not text. Nothing can be removed from a part, and a part may begin
    in the middle of a secret. So the whole is requested, and if it contains a secret
    the part is refused. Raises BadAnswerError if a secret cannot be removed, and the
    errors of requesting and reading.
    """
    if not private or reply.answer.framing is Framing.NONE:
        return reply
    codings = [v for name, v in reply.headers if name.lower() == "content-encoding"]
    if reply.status != _OK:
        return await _part(reply, private, ask_whole, text=text, coded=bool(codings))
    chunks = reply.answer.chunks()
    begun = await _begun(chunks, codings, text=text)
    held = HeldBody(reply.answer, begun.read, chunks)
    if begun.binary:
        return replace(reply, answer=held)
    body = decode(begun.read, codings, MOST_BYTES, text=False)
    bare = await _bare(body, private)
    if bare is body:
        return replace(reply, answer=held)
    held.begun, held.framing, held.content_length = bare, Framing.LENGTH, len(bare)
    return replace(reply, headers=_without_bytes(reply.headers), answer=held)


async def _part(
    reply: MediaReply,
    private: Recogniser,
    ask_whole: AskWhole,
    *,
    text: bool,
    coded: bool,
) -> MediaReply:
    """Return the reply if it is a part of media, or of a text without secrets.

    A part of a coded body cannot be decoded, so such a part of a text is refused.
    """
    if coded:
        async with await ask_whole() as answer:
            if not (await _begun_of(answer, text=text)).binary:
                raise BadAnswerError("a part of a text that is coded")
        return reply
    chunks = reply.answer.chunks()
    begun = await _begun(chunks, (), text=text)
    if not begun.binary:
        async with await ask_whole() as answer:
            whole = await _begun_of(answer, text=text)
            codings = answer.headers.getall("Content-Encoding", ())
        texts = ((begun.read, ()), (whole.read, codings))
        for read, coding in () if whole.binary else texts:
            body = decode(read, coding, MOST_BYTES, text=False)
            if await _bare(body, private) is not body:
                raise BadAnswerError("a part of a text that holds secrets")
    return replace(reply, answer=HeldBody(reply.answer, begun.read, chunks))


class _Begun(NamedTuple):
    """The bytes read from a body: all of a text, or enough to see that it is not."""

    read: bytes
    binary: bool


async def _begun_of(whole: Answer, *, text: bool) -> _Begun:
    """Read all of a text; raise BadAnswerError if only a part came again."""
    codings = whole.headers.getall("Content-Encoding", ())
    begun = await _begun(whole.chunks(), codings, text=text)
    if not begun.binary and whole.status != _OK:
        raise BadAnswerError("a part of a text, where all of it was asked for")
    return begun


async def _begun(
    chunks: AsyncIterator[bytes], codings: Sequence[str], *, text: bool
) -> _Begun:
    body, known = bytearray(), text
    async for chunk in chunks:
        body += chunk
        if not known:
            begin = bytes(body[:_CODED_BYTES])
            shown = beginning(begin, codings, SAMPLE_BYTES)
            known = len(shown) == SAMPLE_BYTES
            if known and not may_be_text(shown):
                return _Begun(bytes(body), binary=True)
        if len(body) > MOST_BYTES:
            raise BadAnswerError(f"a text of more than {MOST_BYTES:,} bytes")
    return _Begun(bytes(body), binary=False)


async def _bare(text: bytes, private: Recogniser) -> bytes:
    """Return a text without secrets; the same object if it has none."""
    if len(text) <= _OWN_THREAD_BYTES:
        return _without(text, private)
    return await asyncio.to_thread(_without, text, private)


def _without(text: bytes, private: Recogniser) -> bytes:
    bare = private.without(text)
    if bare is None or private.holds_broken(bare):
        raise BadAnswerError("a text holds secrets that cannot be taken out")
    return bare


def _without_bytes(headers: Fields) -> Fields:
    return tuple(pair for pair in headers if pair[0].lower() not in _OF_THE_BYTES)

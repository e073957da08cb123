"""Bodies that are passed on, less the secrets in those that are text.

Subtitles and session data are text, and some upstreams repeat in them what they were
sent. Media are not looked into.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import NamedTuple, Self

from proxy.core.hls.text_bodies import SAMPLE_BYTES, may_be_text
from proxy.core.http.headers import Fields
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.errors import BadAnswerError
from proxy.streams.replies import MediaBody, MediaReply
from proxy.upstream.answer import Answer, Framing
from proxy.upstream.coding import beginning, decode

MOST_BYTES = 8 * 1024 * 1024
"""Of a text: the subtitles of a long film have a tenth of this."""

AskWhole = Callable[[], Awaitable[Answer]]
"""Ask for all of what a part was asked of."""

_OK = 200
_CODED_BYTES = 4096
# More would block the event loop for longer than some milliseconds.
_OWN_THREAD_BYTES = 16 * 1024
# They are about the bytes that the upstream sent.
_OF_THE_BYTES = frozenset(
    {
        *("accept-ranges", "content-encoding", "content-range", "etag"),
        *("last-modified",),
    }
)


@dataclass(slots=True)
class HeldBody:
    """A body of which some was read: that, and the rest as it comes."""

    body: MediaBody
    begun: bytes = field(repr=False)
    rest: AsyncIterator[bytes] | None = None
    framing: Framing = field(init=False)
    content_length: int | None = field(init=False)
    held: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """End where the body does."""
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
    """Return the reply with a body that holds no secret, if it is text.

    `text` tells that it is called so. Any other body is read up to where it shows that
    it is none. Of a part nothing can be taken out, and it may begin within a secret: so
    the whole is asked for, and if that holds one the part is refused. Raises
    BadAnswerError where a secret cannot be taken out, and what asking and reading
    raise.
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
    return MediaReply(reply.status, _without_bytes(reply.headers), held)


async def _part(
    reply: MediaReply,
    private: Recogniser,
    ask_whole: AskWhole,
    *,
    text: bool,
    coded: bool,
) -> MediaReply:
    """Return a part of media, or of a text without secrets.

    Nobody can read a part of what is coded, so that of a text is refused.
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
    """What was read of a body: up to where it shows that it is no text, else all."""

    read: bytes
    binary: bool


async def _begun_of(whole: Answer, *, text: bool) -> _Begun:
    """Read all of a text; raise BadAnswerError where only a part came again."""
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
    """Return a text without secrets, the same one if it holds none."""
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

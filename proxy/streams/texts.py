"""Bodies that are passed on, less the secrets in those that are text.

Subtitles and session data are text, and some upstreams repeat in them what they were
sent. Media are not looked into.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import NamedTuple, Self

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
_SHOWN_BYTES, _CODED_BYTES = 512, 4096
# More would block the event loop for longer than some milliseconds.
_OWN_THREAD_BYTES = 16 * 1024
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# Of media they stand among the first bytes, in text nowhere.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# They are about the bytes that the upstream sent.
_OF_THE_BYTES = frozenset(
    {
        *("accept-ranges", "content-encoding", "content-range", "etag"),
        *("last-modified",),
    }
)


@dataclass(slots=True)
class Held:
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
    reply: MediaReply, private: Recogniser, ask_whole: AskWhole
) -> MediaReply:
    """Return the reply with a body that holds no secret, if it is text.

    The body is read up to where it shows that it is none. Of a part nothing can be
    taken out, and it may begin within a secret: so the whole is asked for, and if that
    holds one the part is refused. Raises BadAnswerError where a secret cannot be taken
    out, and what asking and reading raise.
    """
    if not private or reply.answer.framing is Framing.NONE:
        return reply
    codings = [v for name, v in reply.headers if name.lower() == "content-encoding"]
    chunks = reply.answer.chunks()
    part = reply.status != _OK
    if part and codings:
        return reply  # of a part of what is coded nobody can read anything
    begun = await _begun(chunks, codings)
    held = Held(reply.answer, begun.read, chunks)
    if part and not begun.binary:
        async with await ask_whole() as answer:
            await _check(answer, private)
    if part or begun.binary:
        return replace(reply, answer=held)
    text = decode(begun.read, codings, MOST_BYTES, text=False)
    bare = await _bare(text, private)
    if bare is text:
        return replace(reply, answer=held)
    held.begun, held.framing, held.content_length = bare, Framing.LENGTH, len(bare)
    return MediaReply(reply.status, _without_bytes(reply.headers), held)


class _Begun(NamedTuple):
    """What was read of a body: up to where it shows that it is no text, else all."""

    read: bytes
    binary: bool


async def _begun(chunks: AsyncIterator[bytes], codings: Sequence[str]) -> _Begun:
    body = bytearray()
    async for chunk in chunks:
        if not (body or codings or chunk[:2] in _UTF_16) and _CONTROLS.search(chunk):
            return _Begun(chunk, binary=True)  # of media without a copy
        body += chunk
        begin = bytes(body[:_CODED_BYTES])
        shown = beginning(begin, codings, _SHOWN_BYTES) if codings else chunk
        if not body.startswith(_UTF_16) and _CONTROLS.search(shown):
            return _Begun(bytes(body), binary=True)
        if len(body) > MOST_BYTES:
            raise BadAnswerError(f"a text of more than {MOST_BYTES:,} bytes")
    return _Begun(bytes(body), binary=False)


async def _check(answer: Answer, private: Recogniser) -> None:
    """Refuse the part of a text that holds a secret anywhere."""
    codings = answer.headers.getall("Content-Encoding", [])
    begun = await _begun(answer.chunks(), codings)
    if begun.binary:
        return
    text = decode(begun.read, codings, MOST_BYTES, text=False)
    if await _bare(text, private) is not text:
        raise BadAnswerError("a part of a text that holds secrets")


async def _bare(text: bytes, private: Recogniser) -> bytes:
    """Return a text without secrets, the same one if it holds none."""
    if len(text) <= _OWN_THREAD_BYTES:
        return _without(text, private)
    return await asyncio.to_thread(_without, text, private)


def _without(text: bytes, private: Recogniser) -> bytes:
    bare = private.without(text)
    if bare is None or (bare is text and private.holds(_of_utf_16(text))):
        raise BadAnswerError("a text holds secrets that cannot be taken out")
    return bare


def _of_utf_16(text: bytes) -> bytes:
    """Return a text in UTF-16 as players read it, else nothing."""
    if not text.startswith(_UTF_16):
        return b""
    return text.decode("utf-16", "replace").encode()


def _without_bytes(headers: Fields) -> Fields:
    return tuple(pair for pair in headers if pair[0].lower() not in _OF_THE_BYTES)

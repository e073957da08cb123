"""Answers that are written directly, bypassing aiohttp's responses."""

from functools import lru_cache

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time

from proxy.core.http.headers import Fields
from proxy.replies import MediaReply
from proxy.web.reply import WholeReply, lines

STARTS = {
    200: b"HTTP/1.1 200 OK\r\n",
    206: b"HTTP/1.1 206 Partial Content\r\n",
    302: b"HTTP/1.1 302 Found\r\n",
    304: b"HTTP/1.1 304 Not Modified\r\n",
}
"""The first lines that can be written so."""

SANDBOX = ("Content-Security-Policy", "sandbox; default-src 'none'")
"""The upstream's content must not act as one of our pages. If a browser shows it
anyway, it runs no script, loads nothing and has an origin of its own."""

_NOT_MODIFIED = 304
_LAST = b"Connection: close\r\n"


class Written(web.StreamResponse):
    """An answer that has already been written, including its head."""

    def __init__(self, *, status: int, last: bool) -> None:
        super().__init__(status=status)
        self._ends_connection = last

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send no head."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Send no end."""

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open for another request."""
        return not self._ends_connection


# Shared by all answers: they hold nothing of a single one.
_WRITTEN = {
    (status, last): Written(status=status, last=last)
    for status in STARTS
    for last in (False, True)
}


def written(status: int, *, last: bool) -> Written:
    """Return what stands for a written answer; `last` if the connection then ends."""
    return _WRITTEN[status, last]


def head_of(status: int, fields: bytes, *, dated: bool, last: bool) -> bytes:
    """Return the head without its empty line; Date is added unless it is `dated`."""
    head = STARTS[status] + fields
    if last:
        head += _LAST
    if dated:
        return head
    return head + b"Date: %b\r\n" % rfc822_formatted_time().encode()


def head_of_media(
    reply: MediaReply, ours: bytes, *, length: int | None, last: bool
) -> bytes:
    """Return the head of a resource, without its empty line.

    `ours` are the fields for this player, and a length of None leaves it out. Raises
    BadAnswerError for fields that must not be written.
    """
    fields, dated = (_encoded if reply.age is None else _kept)(reply.headers)
    fields += ours
    if reply.age is not None:
        fields += b"Age: %d\r\n" % reply.age
    if reply.cache is not None:
        fields += b"Cache-Status: %b\r\n" % reply.cache.line.encode()
    if length is not None:
        fields += b"Content-Length: %d\r\n" % length
    return head_of(reply.status, fields, dated=dated, last=last)


def _encoded(headers: Fields) -> tuple[bytes, bool]:
    """Return the fields of a resource as bytes, and whether Date is among them."""
    fields = lines((SANDBOX, *headers))
    return fields, b"\ndate:" in fields.lower()


# Those of a kept resource are the same for all players.
_kept = lru_cache(512)(_encoded)


def whole(reply: WholeReply, ours: bytes, *, bodiless: bool, last: bool) -> bytes:
    """Return a reply in one piece; `ours` are the fields for this player."""
    fields = ours + (reply.head or lines(reply.headers))
    if reply.changing:
        fields += lines(reply.changing)
    if reply.status != _NOT_MODIFIED:
        fields += b"Content-Length: %d\r\n" % len(reply.body)
    head = head_of(reply.status, fields, dated=reply.dated, last=last)
    return b"%b\r\n%b" % (head, b"" if bodiless else reply.body)

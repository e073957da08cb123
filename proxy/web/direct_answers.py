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
"""The status lines of answers that can be written directly."""

SANDBOX = ("Content-Security-Policy", "sandbox; default-src 'none'")
"""The upstream's content must not act as one of our pages. With this field, a browser
that shows it runs no script, loads nothing and gives it an origin of its own."""

_NOT_MODIFIED = 304
_LAST = b"Connection: close\r\n"


class Written(web.StreamResponse):
    """An answer that has already been written, including its head."""

    def __init__(self, *, status: int, last: bool) -> None:
        super().__init__(status=status)
        self._ends_connection = last

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing: the head has been sent."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the body has been sent."""

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open for another request."""
        return not self._ends_connection


# Shared by all answers, because they contain nothing about a single answer.
_WRITTEN = {
    (status, last): Written(status=status, last=last)
    for status in STARTS
    for last in (False, True)
}


def written(status: int, *, last: bool) -> Written:
    """Return the object that represents a written answer for aiohttp.

    `last` is true if the connection ends after the answer.
    """
    return _WRITTEN[status, last]


def head_of(status: int, fields: bytes, *, dated: bool, last: bool) -> bytes:
    """Return the head without its final empty line.

    Date is added unless `dated` says that the fields contain it.
    """
    head = STARTS[status] + fields
    if last:
        head += _LAST
    if dated:
        return head
    return head + b"Date: %b\r\n" % rfc822_formatted_time().encode()


def head_of_media(
    reply: MediaReply, ours: bytes, *, length: int | None, last: bool
) -> bytes:
    """Return the head of a resource, without its final empty line.

    `ours` are the fields for this player. If the length is None, there is no
    Content-Length. Raises BadAnswerError for header fields that must not be sent.
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


# The fields of a kept resource are the same for all players.
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

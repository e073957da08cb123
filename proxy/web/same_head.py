"""Recognise a request that differs from an earlier one only in its target.

A player sends the same header fields with every request over a connection. Parsing them
again takes longer than finding the answer. So if a request has the same bytes after its
first line, what the parser made of them before is used again.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiohttp import HttpVersion11
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EmptyStreamReader

from proxy.web.caller import RawHead

_METHOD, _VERSION, _END = b"GET ", b" HTTP/1.1\r\n", b"\r\n\r\n"
# Longer heads are parsed each time, so that connections need little memory.
_MOST_BYTES = 4096
# A parser reads these targets as they are, whatever it does with other characters.
_TARGET = re.compile(rb"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,1000}")


class Head(NamedTuple):
    """The head of a GET that has no body and keeps the connection."""

    path: str
    """The target as it was sent: a path, perhaps with a query."""
    headers: Mapping[str, str]
    raw_headers: RawHead


class SameHead:
    """What one connection remembers of its last request."""

    __slots__ = ("_between", "_fields", "_head")

    def __init__(self) -> None:
        self._between = True
        """Whether the parser has certainly seen all of the requests that began."""
        self._fields = b""
        """The bytes after the first line."""
        self._head: Head | None = None

    def repeated(self, data: bytes) -> Head | None:
        """Return the head of a request, if `data` is exactly one with known fields."""
        known, fields = self._head, self._fields
        if known is None or not (self._between and data.endswith(fields)):
            return None
        line = data[: len(data) - len(fields)]
        if not (line.startswith(_METHOD) and line.endswith(_VERSION)):
            return None
        target = line[len(_METHOD) : -len(_VERSION)]
        if _TARGET.fullmatch(target) is None:
            return None
        return Head(target.decode(), known.headers, known.raw_headers)

    def parsed(self, data: bytes, messages: Sequence[tuple[object, object]]) -> None:
        """Record what the parser made of `data`."""
        one = len(messages) == 1 and data.count(_END) == 1 and data.endswith(_END)
        head = head_of(*messages[0]) if self._between and one else None
        self._between = head is not None
        if head and data.startswith(_METHOD) and len(data) <= _MOST_BYTES:
            self._head, self._fields = head, data[data.index(b"\r\n") + 2 :]


def head_of(message: object, payload: object) -> Head | None:
    """Return the head of a parsed request; None if it is of another form."""
    if (
        not isinstance(message, RawRequestMessage)
        or message.method != "GET"
        or message.version != HttpVersion11
        or message.should_close
        or message.upgrade
        or not isinstance(payload, EmptyStreamReader)
    ):
        return None
    return Head(message.path, message.headers, message.raw_headers)

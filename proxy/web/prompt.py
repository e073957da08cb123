"""aiohttp's connection, changed so that kept answers are sent without starting a task.

For each request aiohttp wakes a task, which starts another one. That takes as long as
everything we do to answer with a kept playlist. So as soon as its bytes arrive, a
request is first passed to `answer_at_once`, which never waits. Requests that it cannot
answer are left to aiohttp. If the player reads too slowly, aiohttp's task sends the
rest of the answer.

This uses private parts of aiohttp's server. Tests on the raw socket check that they
still work.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import HttpVersion11, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EmptyStreamReader
from aiohttp.web_protocol import RequestHandler


class Rest(Protocol):
    """The rest of an answer whose beginning was sent at once."""

    async def go_on(self, request: web.BaseRequest) -> web.StreamResponse:
        """Send the rest; raise ConnectionError if the player disconnects."""
        ...

    def lost(self) -> None:
        """Record that the player disconnected before the rest could be sent."""
        ...


class PromptHandler(RequestHandler):
    """One connection."""

    __slots__ = ("answer_at_once", "rest")

    answer_at_once: "AtOnce"
    """Answers a GET without a body. Called only when the write buffer is empty."""
    rest: Rest | None
    """The rest that aiohttp's task has to send; initially None."""

    def data_received(self, data: bytes) -> None:
        """Answer requests that have arrived, or leave them to the connection's task."""
        waiting = self._waiter
        if waiting is None or waiting.done():
            super().data_received(data)  # a request is being answered
            return
        self._waiter = None  # otherwise aiohttp would wake the task
        try:
            super().data_received(data)
        finally:
            self._waiter = waiting
        while self._messages and self._is_answered():
            pass
        if self._messages and not waiting.done():
            waiting.set_result(None)

    def _is_answered(self) -> bool:
        """Answer the next request, if that is possible at once."""
        message, payload = self._messages[0]
        transport, parser = self.transport, self._parser
        if (
            not isinstance(message, RawRequestMessage)
            or message.method != "GET"
            or message.version != HttpVersion11
            or message.should_close
            or message.upgrade
            or not isinstance(payload, EmptyStreamReader)
            or self._buffer_paused
            or transport is None
            or parser is None
            or transport.is_closing()
            or transport.get_write_buffer_size()
        ):
            return False
        answered = self.answer_at_once(message, self, transport)
        if not isinstance(answered, bool):
            self.rest = answered
            return False
        if answered:
            self._messages.popleft()
            parser.message_consumed()
            idle_since = self._loop.time()
            self._next_keepalive_close_time = idle_since + self._keepalive_timeout
        return answered

    async def _handle_request(
        self,
        request: web.BaseRequest,
        start_time: float | None,
        request_handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
    ) -> tuple[Any, bool]:
        rest, self.rest = self.rest, None
        if rest is not None:
            # The head was sent without this writer. With this, aiohttp does not send
            # another head if there is an error.
            request.writer.output_size += 1
            request_handler = rest.go_on
        return await super()._handle_request(request, start_time, request_handler)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Discard the rest of an answer that could not be sent."""
        rest, self.rest = self.rest, None
        if rest is not None:
            rest.lost()
        super().connection_lost(exc)


AtOnce = Callable[[RawRequestMessage, PromptHandler, asyncio.Transport], Rest | bool]
"""Answers a request. Returns True if the answer was sent, False if nothing was done,
and otherwise the rest that is not sent yet."""

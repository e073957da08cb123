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
from itertools import islice
from typing import Any, Protocol

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from proxy.web.same_head import Head, SameHead, head_of


class RestOfAnswer(Protocol):
    """The rest of an answer whose beginning was sent at once."""

    async def go_on(self, request: web.BaseRequest) -> web.StreamResponse:
        """Send the rest; raise ConnectionError if the player disconnects."""
        ...

    def lost(self) -> None:
        """Record that the player disconnected before the rest could be sent."""
        ...


class PromptHandler(RequestHandler):
    """One connection."""

    __slots__ = ("answer_at_once", "rest", "same")

    answer_at_once: "AnswerAtOnce"
    """Answers a GET without a body. Called only when the write buffer is empty."""
    rest: RestOfAnswer | None
    """The rest that aiohttp's task has to send; initially None."""
    same: SameHead
    """What is remembered of earlier requests."""

    def data_received(self, data: bytes) -> None:
        """Answer requests that have arrived, or leave them to the connection's task."""
        waiting = self._waiter
        if waiting is None or waiting.done():
            self._parse(data)  # a request is being answered
            return
        head = self.same.repeated(data)
        if head is not None:
            if self._is_answered(head):
                return
            self._parse(data)  # wakes the task
            return
        self._waiter = None  # otherwise aiohttp would wake the task
        try:
            self._parse(data)
        finally:
            self._waiter = waiting
        while self._messages:
            head = head_of(*self._messages[0])
            if head is None or self._parser is None or not self._is_answered(head):
                break
            self._messages.popleft()
            self._parser.message_consumed()
        if self._messages and not waiting.done():
            waiting.set_result(None)

    def _parse(self, data: bytes) -> None:
        before = len(self._messages)
        super().data_received(data)
        self.same.parsed(data, tuple(islice(self._messages, before, None)))

    def _is_answered(self, head: Head) -> bool:
        """Answer a request, if that is possible at once."""
        transport = self.transport
        if (
            transport is None
            or self._buffer_paused
            or transport.is_closing()
            or transport.get_write_buffer_size()
        ):
            return False
        answered = self.answer_at_once(head, self, transport)
        if not isinstance(answered, bool):
            self.rest = answered
            return False
        if answered:
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


AnswerAtOnce = Callable[[Head, PromptHandler, asyncio.Transport], RestOfAnswer | bool]
"""Answers a request. Returns True if the answer was sent, False if nothing was done,
and otherwise the rest that is not sent yet."""

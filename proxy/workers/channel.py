"""The private channel between the parent and one worker: questions and messages.

It is a pair of connected sockets that only these two processes hold. Each message is
its length in four bytes, then JSON. Processes exchange tokens and settings only here.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from itertools import count
from typing import Any

import orjson

from proxy.errors import HlsAuthProxyError, SourceError
from proxy.tasks import started
from proxy.workers.message_bodies import MessageBody, error_of, told

MOST_BYTES = 64 * 1024 * 1024
"""The longest message allowed. Settings and numbers of a thousand streams take a few
megabytes."""

_LENGTH = struct.Struct(">I")


class ChannelClosedError(HlsAuthProxyError):
    """The other process has ended, or has closed its end of the channel."""


class Channel:
    """One end of the channel.

    `answer` answers a question from the other end. If it raises a `SourceError`, that
    error is raised at the other end too. For any other error, only the name of its
    class is sent. `heard` is called with a message that needs no answer. Both get the
    kind of the message and its body.
    """

    def __init__(
        self,
        answer: Callable[[str, MessageBody], Awaitable[MessageBody]],
        heard: Callable[[str, MessageBody], None],
    ) -> None:
        self._answer = answer
        self._heard = heard
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[MessageBody]] = {}
        self._answering: dict[int, asyncio.Task[None]] = {}

    async def open(self, end: socket.socket) -> None:
        """Use one of the two sockets. `run` closes it when it ends."""
        self._reader, self._writer = await asyncio.open_connection(sock=end)

    async def run(self) -> None:
        """Exchange messages until the other end is closed, or until cancelled.

        Questions that have no answer by then fail with ChannelClosedError.
        """
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while self._reader is not None:
                    self._take(await _message(self._reader))
        finally:
            self._close()

    async def close(self) -> None:
        """Close this end after sending everything, if the other end still reads."""
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def ask(self, kind: str, **body: object) -> MessageBody:
        """Ask the other end a question, and return its answer.

        Cancelling this also cancels the work on the answer there.
        """
        number = next(self._numbers)
        answer: asyncio.Future[MessageBody] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._send({"ask": kind, "number": number, "body": body})
            return await answer
        except asyncio.CancelledError:
            with contextlib.suppress(ChannelClosedError):
                self._send({"cancel": number})
            raise
        finally:
            self._waiting.pop(number, None)

    def tell(self, kind: str, **body: object) -> None:
        """Send a message that needs no answer. Do nothing if the channel is closed."""
        with contextlib.suppress(ChannelClosedError):
            self._send({"tell": kind, "body": body})

    def _send(self, message: MessageBody) -> None:
        if self._writer is None or self._writer.is_closing():
            raise ChannelClosedError("the other process has ended")
        data = orjson.dumps(message)
        self._writer.write(_LENGTH.pack(len(data)) + data)

    def _take(self, message: MessageBody) -> None:
        match message:
            case {"tell": str(kind), "body": dict(body)}:
                self._heard(kind, body)
            case {"ask": str(kind), "number": int(number), "body": dict(body)}:
                task = started(
                    lambda: self._reply(number, kind, body), name=f"answer to {kind}"
                )
                self._answering[number] = task
                task.add_done_callback(lambda _: self._answering.pop(number, None))
            case {"cancel": int(number)} if number in self._answering:
                self._answering[number].cancel()
            case {"answer": int(number)} if number in self._waiting:
                answer = self._waiting[number]
                if not answer.done():
                    _settle(answer, message)

    async def _reply(self, number: int, kind: str, body: MessageBody) -> None:
        try:
            message: MessageBody = {
                "answer": number,
                "body": await self._answer(kind, body),
            }
        except SourceError as error:
            message = {"answer": number, "error": told(error)}
        except Exception as error:  # noqa: BLE001 - the other end waits for an answer
            failed = SourceError(f"the program failed: {type(error).__name__}")
            message = {"answer": number, "error": told(failed)}
        with contextlib.suppress(ChannelClosedError):
            self._send(message)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        for task in list(self._answering.values()):
            task.cancel()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ChannelClosedError("the other process has ended"))


async def answering(work: Coroutine[Any, Any, MessageBody]) -> MessageBody:
    """Return the answer of the parent; raise SourceError if the parent has ended."""
    try:
        return await work
    except ChannelClosedError as exc:
        raise SourceError(f"{exc}, which asks for tokens") from exc


def _settle(answer: asyncio.Future[MessageBody], message: Mapping[str, Any]) -> None:
    if "error" in message:
        answer.set_exception(error_of(message["error"]))
    else:
        answer.set_result(message["body"])


async def _message(reader: asyncio.StreamReader) -> MessageBody:
    """Return the next message; raise OSError if it is not a valid message."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > MOST_BYTES:
        raise OSError("a message is too long")
    try:
        message = orjson.loads(await reader.readexactly(length))
    except orjson.JSONDecodeError as exc:
        raise OSError("a message is no JSON") from exc
    return message if isinstance(message, dict) else {}

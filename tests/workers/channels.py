"""Two ends of a channel in one process."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from proxy.errors import SourceError
from proxy.workers.channel import Channel
from proxy.workers.message_bodies import MessageBody


async def no_answer(kind: str, body: MessageBody) -> MessageBody:
    """Answer no request."""
    raise SourceError(f"no such question: {kind} {body}")


def unheard(kind: str, body: MessageBody) -> None:
    """Accept no message."""
    del kind, body


def end(
    answer: Callable[[str, MessageBody], Awaitable[MessageBody]] = no_answer,
    heard: Callable[[str, MessageBody], None] = unheard,
) -> Channel:
    """Return an end with this behaviour."""
    return Channel(answer, heard)


@asynccontextmanager
async def joined(one: Channel, other: Channel) -> AsyncIterator[list[socket.socket]]:
    """Connect two ends while the block lasts."""
    sockets = socket.socketpair()
    tasks = []
    for channel, each in zip((one, other), sockets, strict=True):
        await channel.open(each)
        tasks.append(asyncio.create_task(channel.run()))
    await asyncio.sleep(0)
    try:
        yield list(sockets)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def until(seen: Callable[[], object]) -> None:
    """Wait until something happened through sockets."""
    async with asyncio.timeout(30):
        while not seen():  # noqa: ASYNC110 - sockets set no event of ours
            await asyncio.sleep(0.002)

"""The channel: requests, messages, and what happens when it ends."""

import asyncio
import socket
import struct

import pytest

from proxy.errors import ExpiryError, SourceError
from proxy.workers import channel as module
from proxy.workers.channel import ChannelClosedError, answering
from proxy.workers.message_bodies import MessageBody
from tests.workers.channels import end, joined, until


async def echo(kind: str, body: MessageBody) -> MessageBody:
    """Answer with the request."""
    return {"kind": kind, **body}


async def test_requests_are_answered_and_messages_delivered() -> None:
    """In both directions; each answer belongs to its request."""
    heard: list[tuple[str, MessageBody]] = []
    one, other = end(echo), end(echo, lambda *message: heard.append(message))
    async with joined(one, other):
        one.tell("news", number=1)
        asked = [each.ask("q", number=n) for n in range(50) for each in (one, other)]
        answers = await asyncio.gather(*asked)
        assert [each["number"] for each in answers] == [n // 2 for n in range(100)]
        assert heard == [("news", {"number": 1})]


@pytest.mark.parametrize(
    "error",
    [
        SourceError("it is down", retry_after=12.5, for_all=True),
        SourceError("invalid_grant", recoverable=False, useless=True),
        ExpiryError("it has expired"),
    ],
)
async def test_an_error_keeps_its_message_and_class(
    error: SourceError,
) -> None:
    """Everything that a keeper needs is there."""

    async def fails(kind: str, body: MessageBody) -> MessageBody:
        del kind, body
        raise error

    one, other = end(), end(fails)
    async with joined(one, other):
        with pytest.raises(type(error)) as caught:
            await one.ask("token")
    assert type(caught.value) is type(error)
    assert vars(caught.value) == vars(error)
    assert str(caught.value) == str(error)


async def test_only_the_class_of_an_unexpected_error_is_sent() -> None:
    """Its text may contain secrets. The channel stays open."""

    async def fails(kind: str, body: MessageBody) -> MessageBody:
        if kind == "bad":
            raise RuntimeError("canary")
        return body

    one, other = end(), end(fails)
    async with joined(one, other):
        with pytest.raises(SourceError, match=r"^the program failed: RuntimeError$"):
            await one.ask("bad")
        assert await one.ask("good", a=1) == {"a": 1}


async def test_a_cancelled_request_is_cancelled_at_the_other_end() -> None:
    """So the other end does no needless work."""
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def dawdles(kind: str, body: MessageBody) -> MessageBody:
        del kind
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return body

    one, other = end(), end(dawdles)
    async with joined(one, other):
        asking = asyncio.create_task(one.ask("token"))
        await begun.wait()
        asking.cancel()
        await asyncio.wait_for(cancelled.wait(), 5)
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_a_closed_end_fails_all_requests() -> None:
    """Those that wait and later ones; sending messages is no error."""

    async def never(kind: str, body: MessageBody) -> MessageBody:
        del kind
        await asyncio.Event().wait()
        return body

    one, other = end(), end(never)
    async with joined(one, other):
        asking = asyncio.create_task(one.ask("token"))
        await asyncio.sleep(0)
        await other.close()
        with pytest.raises(ChannelClosedError):
            await asking
        with pytest.raises(ChannelClosedError):
            await one.ask("token")
        one.tell("close")
        with pytest.raises(SourceError, match="has ended, which asks for tokens"):
            await answering(one.ask("token"))


@pytest.mark.parametrize(
    "sent",
    [
        struct.pack(">I", 101) + b"x" * 101,
        struct.pack(">I", 5) + b"{1: 2",
        struct.pack(">I", 100) + b"cut off",
    ],
    ids=["too long", "no JSON", "cut off"],
)
async def test_garbage_ends_the_channel(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """Nothing is kept of it."""
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    ours, theirs = socket.socketpair()
    one = end()
    await one.open(ours)
    with theirs:
        theirs.sendall(sent)
    await asyncio.wait_for(one.run(), 5)


@pytest.mark.parametrize(
    "message", [{}, {"answer": 7}, {"cancel": 9}, {"ask": 5}, {"tell": "x"}]
)
async def test_an_unknown_message_is_ignored(message: MessageBody) -> None:
    """The next one is read as usual."""
    one, other = end(echo), end()
    async with joined(one, other):
        other._send(message)  # noqa: SLF001 - no end sends such a thing
        assert await other.ask("q") == {"kind": "q"}


async def test_a_long_message_is_delivered() -> None:
    """The metrics of a thousand streams are megabytes."""
    one, other = end(echo), end()
    async with joined(one, other):
        text = "x" * (8 << 20)
        assert (await other.ask("q", text=text))["text"] == text


async def test_messages_before_the_end_are_delivered() -> None:
    """Later ones are not."""
    heard: list[str] = []
    one, other = end(heard=lambda kind, _: heard.append(kind)), end()
    async with joined(one, other):
        for _ in range(100):
            other.tell("numbers")
        await other.close()
        await until(lambda: len(heard) == 100)

"""No request arrives with a token that has expired."""

import asyncio
import socket
import ssl
from typing import Self

import pytest

from proxy.core.kind import Kind
from proxy.system.connections import unacknowledged
from proxy.upstream import departure
from tests.fake_clock import FakeClock
from tests.raw_origin import End, RawOrigin, Reply
from tests.tcp_server import TcpServer
from tests.upstream.asking import Names, way_to
from tests.upstream.test_departure.departing import (
    HOST,
    LIFE,
    MEDIA,
    Ending,
    asked,
    heard,
)

# More than the buffers of an unread connection hold.
LONG = (("X-Pad", "p" * 16_000_000),)


class DeafOrigin(TcpServer):
    """Does not read its first connections until it listens; answers the others.

    Unread data is not acknowledged once its small buffer is full.
    """

    def __init__(self, deaf: int) -> None:
        super().__init__()
        self._deaf = deaf
        self._listens = asyncio.Event()
        self.came = asyncio.Event()
        self.connections = 0
        self.heard: list[str] = []
        """The targets of complete requests."""
        self.ends: list[str] = []
        """How the unread connections ended."""

    async def __aenter__(self) -> Self:
        made = socket.create_server(("127.0.0.1", 0))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server = await asyncio.start_server(self._serve, sock=made, limit=2**25)
        self.url = f"http://127.0.0.1:{made.getsockname()[1]}/"
        return self

    async def listen(self) -> None:
        """Read everything; return when each unread connection has ended."""
        self._listens.set()
        async with asyncio.timeout(5):
            while len(self.ends) < self._deaf:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.001)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._own(asyncio.current_task())
        self.connections += 1
        deaf = self.connections <= self._deaf
        if deaf:
            assert isinstance(writer.transport, asyncio.ReadTransport)
            writer.transport.pause_reading()
            self.came.set()
            await self._listens.wait()
            writer.transport.resume_reading()
        end = "fin"
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heard.append(head.split(b" ", 2)[1].decode())
            writer.write(MEDIA.data)
        except asyncio.IncompleteReadError:
            pass
        except ConnectionResetError:
            end = "rst"
        if deaf:
            self.ends.append(end)
        writer.close()


@pytest.mark.parametrize("kind", [Kind.SEGMENT, Kind.PART], ids=["asked", "held"])
async def test_a_request_that_has_not_arrived_when_its_token_expires_never_does(
    kind: Kind,
) -> None:
    """It is sent again with a newer token, and no failure is reported."""
    clock = FakeClock()
    tokens = Ending(clock)
    async with DeafOrigin(1) as origin:
        async with way_to(origin.url, clock=clock) as way:
            with asked(way, tokens.question(origin.url, kind, LONG)) as asking:
                await origin.came.wait()
                await clock.advance(LIFE - 0.1)
                assert origin.connections == 1
                await clock.advance(0.2)
                assert tokens.number == 2
                assert await asking == b"\0media"
            assert [told.failure for told in way.told] == [None]
        await origin.listen()
        assert (origin.heard, origin.ends) == (["/?t=2"], ["rst"])


async def test_a_token_that_expires_in_suspend_is_noticed_within_a_second() -> None:
    """Timers stop during suspend."""
    clock = FakeClock()
    tokens = Ending(clock)
    async with DeafOrigin(1) as origin, way_to(origin.url, clock=clock) as way:
        with asked(way, tokens.question(origin.url, headers=LONG)) as asking:
            await origin.came.wait()
            await clock.advance(0)
            assert tokens.number == 1
            await clock.jump(3600)
            await clock.advance(1)
            assert tokens.number == 2
            assert await asking == b"\0media"
        await origin.listen()
        assert origin.heard == ["/?t=2"]


async def test_an_arrived_request_may_be_answered_after_its_token_expired() -> None:
    """The upstream judged it on arrival: a blocking reload, a slow encoder."""
    clock = FakeClock()
    tokens = Ending(clock)
    async with (
        RawOrigin(Reply(b"", End.HANG)) as origin,
        way_to(origin.url(), clock=clock) as way,
    ):
        with asked(way, tokens.question(origin.url(), Kind.PART)) as asking:
            await heard(origin, 1)
            await clock.advance(3 * LIFE)
            origin.writers[1].write(MEDIA.data)
            assert await asking == b"\0media"
        assert [heard.target for heard in origin.heard] == ["/?t=1"]


@pytest.mark.parametrize(
    ("kind", "connections"), [(Kind.SEGMENT, 2), (Kind.PART, 1)], ids=["asked", "held"]
)
async def test_without_acknowledgements_blocking_requests_are_left_alone(
    kind: Kind, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All others are treated as not arrived."""
    monkeypatch.setattr(departure, "unacknowledged", lambda _: None)
    clock = FakeClock()
    tokens = Ending(clock)
    async with (
        RawOrigin(Reply(b"", End.HANG)) as origin,
        way_to(origin.url(), clock=clock) as way,
    ):
        with asked(way, tokens.question(origin.url(), kind)):
            await heard(origin, 1)
            await clock.advance(LIFE + 0.5)
            await heard(origin, connections)
        assert origin.connections == connections


async def test_a_token_of_unknown_expiry_counts_as_valid() -> None:
    """A request with it is not sent again."""
    clock = FakeClock()
    tokens = Ending(clock, known=False)
    async with DeafOrigin(1) as origin, way_to(origin.url, clock=clock) as way:
        with asked(way, tokens.question(origin.url, Kind.PART, LONG)) as asking:
            await origin.came.wait()
            await clock.advance(100 * LIFE)
            await origin.listen()
            assert await asking == b"\0media"
        assert origin.heard == ["/?t=1"]


async def test_a_cancelled_request_never_arrives_later() -> None:
    """The player has left; the token may expire before the line is back."""
    clock = FakeClock()
    tokens = Ending(clock)
    async with DeafOrigin(1) as origin, way_to(origin.url, clock=clock) as way:
        with asked(way, tokens.question(origin.url, headers=LONG)) as asking:
            await origin.came.wait()
            await clock.settle()
            asking.cancel()
            await asyncio.wait({asking})
        await origin.listen()
        assert (origin.heard, origin.ends) == ([], ["rst"])


async def test_over_tls_the_connection_is_reset_too(
    server_tls: ssl.SSLContext,
    client_tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A clean shutdown would come after the data that is still unsent."""
    asked_for = list[int | None]()

    def as_if_unheard(transport: asyncio.WriteTransport) -> int:
        asked_for.append(unacknowledged(transport))
        return 1

    monkeypatch.setattr(departure, "unacknowledged", as_if_unheard)
    clock, names = FakeClock(), Names({HOST: "127.0.0.1"})
    tokens, ended = Ending(clock), asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"?t=1 " not in head:
            writer.write(MEDIA.data)
            return
        try:
            ended.set_result(await reader.read())
        except OSError as error:
            ended.set_result(error)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_tls)
    async with server:
        url = f"https://{HOST}:{server.sockets[0].getsockname()[1]}/"
        async with way_to(url, names=names, tls=client_tls, clock=clock) as way:
            with asked(way, tokens.question(url)) as asking:
                async with asyncio.timeout(5):
                    while not ended.done():
                        await clock.advance(LIFE / 10)
                        await asyncio.sleep(0.01)
                assert await asking == b"\0media"
    assert isinstance(await ended, ConnectionResetError)
    assert asked_for[0] in (0, None)

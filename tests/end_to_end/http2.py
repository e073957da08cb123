"""A player over HTTP/2: all requests on one connection, read as the bytes arrive."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field

import h2.config
import h2.connection
import h2.errors
import h2.events

_READ_BYTES = 64 * 1024
_PATIENCE = 10.0
_STEP_SECONDS = 0.05


@dataclass(slots=True)
class Exchange:
    """One request, and what was received for it so far."""

    number: int
    _: KW_ONLY
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    @property
    def status(self) -> int:
        """The status, once it is known."""
        return int(self.headers[":status"])

    async def received(self, size: int) -> bytes:
        """Wait until the body has this many bytes, and return it."""
        while len(self.body) < size:
            await self._news()
        return bytes(self.body)

    async def whole(self) -> bytes:
        """Return the whole body."""
        while not self.ended:
            await self._news()
        return bytes(self.body)

    async def _news(self) -> None:
        self.changed.clear()
        await self.changed.wait()


class Player:
    """One connection to one authority."""

    def __init__(self, writer: asyncio.StreamWriter, authority: str) -> None:
        config = h2.config.H2Configuration(header_encoding="utf-8")
        self._h2 = h2.connection.H2Connection(config)
        self._writer = writer
        self._authority = authority
        self._exchanges: dict[int, Exchange] = {}
        self._h2.initiate_connection()
        self._send()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Exchange:
        """Send a GET request."""
        exchange = Exchange(self._h2.get_next_available_stream_id())
        self._exchanges[exchange.number] = exchange
        pseudo = {
            ":method": "GET",
            ":scheme": "https",
            ":authority": self._authority,
            ":path": path,
        }
        fields = [*pseudo.items(), *(headers or {}).items()]
        self._h2.send_headers(exchange.number, fields, end_stream=True)
        self._send()
        return exchange

    def leave(self, exchange: Exchange) -> None:
        """Cancel a request; the connection stays."""
        self._h2.reset_stream(exchange.number, h2.errors.ErrorCodes.CANCEL)
        self._send()

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Process what arrives, until the connection ends."""
        while data := await reader.read(_READ_BYTES):
            for event in self._h2.receive_data(data):
                self._take(event)
            self._send()

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived(stream_id=number, headers=fields):
                exchange = self._exchanges[number or 0]
                exchange.headers.update((str(k), str(v)) for k, v in fields or ())
            case h2.events.DataReceived(stream_id=number, data=data):
                exchange = self._exchanges[number or 0]
                exchange.body += data or b""
                flowed = event.flow_controlled_length or 0
                self._h2.acknowledge_received_data(flowed, number or 0)
            case h2.events.StreamEnded(stream_id=number):
                exchange = self._exchanges[number or 0]
                exchange.ended = True
            case _:
                return
        exchange.changed.set()

    def _send(self) -> None:
        self._writer.write(self._h2.data_to_send())


@asynccontextmanager
async def player(port: int, tls: ssl.SSLContext) -> AsyncIterator[Player]:
    """Connect to `localhost`, without a fallback to HTTP/1.1."""
    tls.set_alpn_protocols(["h2"])
    reader, writer = await _connected(port, tls)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    one = Player(writer, f"localhost:{port}")
    reading = asyncio.create_task(one.read(reader), name="player over HTTP/2")
    try:
        yield one
    finally:
        reading.cancel()
        await asyncio.wait({reading})
        writer.close()


async def _connected(
    port: int, tls: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as soon as the server has its certificate."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                return await asyncio.open_connection("localhost", port, ssl=tls)
            except OSError:
                await asyncio.sleep(_STEP_SECONDS)

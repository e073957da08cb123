"""An origin that sends literal bytes, even those that no HTTP server would send."""

import asyncio
import contextlib
import socket
import ssl
import struct
from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import Self

from tests.tcp_server import TcpServer


class End(Enum):
    """What happens to the connection after a reply."""

    KEEP = "keep"
    FIN = "fin"
    RST = "rst"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Reply:
    """The literal bytes of one answer, and how it ends."""

    data: bytes
    end: End = End.KEEP


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it was received."""

    method: str
    target: str
    _: KW_ONLY
    fields: tuple[tuple[str, str], ...]
    raw: bytes
    connection: int

    def values(self, name: str) -> list[str]:
        """Return the values of a header field."""
        return [value for key, value in self.fields if key.lower() == name.lower()]


def answer(
    body: bytes = b"", *fields: str, status: str = "200 OK", end: End = End.KEEP
) -> Reply:
    """Return a correct answer with a Content-Length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", ""]
    return Reply("\r\n".join(lines).encode("latin-1") + body, end)


def redirect(location: str, status: str = "302 Found") -> Reply:
    """Return a redirect without a body."""
    return answer(b"", f"Location: {location}", status=status)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    writer.transport.abort()


class RawOrigin(TcpServer):
    """Answers with the replies in order, then always with the last one."""

    def __init__(
        self, *replies: Reply, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        super().__init__()
        self.replies = list(replies)
        self.port = port
        self.tls = tls
        self.heard: list[Heard] = []
        self.connections = 0
        self.writers: dict[int, asyncio.StreamWriter] = {}
        """Of the open connections, by number."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def url(self, target: str = "/", *, host: str = "127.0.0.1") -> str:
        """Return a URL of this origin."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host}:{self.port}{target}"

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        number = self.connections
        self.writers[number] = writer
        self._own(asyncio.current_task())
        gone = (OSError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with contextlib.suppress(*gone):
            await self._converse(reader, writer, number)
        del self.writers[number]
        writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            raw = await reader.readuntil(b"\r\n\r\n")
            self.heard.append(_parse(raw, number))
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            writer.write(reply.data)
            await writer.drain()
            if reply.end is End.HANG:
                await reader.read()  # until the client leaves
            if reply.end is End.RST:
                await asyncio.sleep(0.05)  # what was sent must arrive first
                reset(writer)
            if reply.end is not End.KEEP:
                return


def _parse(raw: bytes, connection: int) -> Heard:
    line, *lines = raw.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = line.split(" ")
    pairs = (field.partition(":") for field in lines)
    fields = tuple((name, value.strip()) for name, _, value in pairs)
    return Heard(method, target, fields=fields, raw=raw, connection=connection)

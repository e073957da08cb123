"""CPU time per live playlist request from a snapshot, compared with a bare handler.

It measures the program and two aiohttp servers that send the same headers and body.
Each runs in its own process:

    handler     a handler that is called directly for each request
    route       the same behind an application's router

All get the same load over persistent connections, in alternating rounds. Only the user
and system time of the server's process is counted. The program counts and logs each
request as always; its log is formatted and then discarded.
"""

import argparse
import asyncio
import contextlib
import statistics
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from benchmarks.rig.servers import lobby, served
from benchmarks.rig.side import Side
from benchmarks.rig.spawned import started

WANTED = 1.6
"""The program may cost at most this multiple of the handler."""

_PATH = "/lobby/index.m3u8"
_BARE = ("handler", "route")
_CONNECTIONS = 16
_SEGMENTS = 8
# Each server sets these itself.
_OWN = frozenset({"content-length", "date", "server"})

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What all servers send."""

    fields: Fields
    body: bytes

    @classmethod
    def read(cls, head: bytes, body: bytes) -> Self:
        """Read the headers and body from an answer of the program."""
        lines = head.decode().split("\r\n")[1:]
        pairs = (line.split(": ", 1) for line in lines if line)
        return cls({n: v for n, v in pairs if n.lower() not in _OWN}, body)


def _bare(side: str, answer: Answer) -> AbstractAsyncContextManager[int]:
    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(body=answer.body, headers=answer.fields)

    if side == "handler":
        return served(web.ServerRunner(web.Server(handler)))
    app = web.Application()
    app.router.add_get("/{stream}/index.m3u8", handler)
    return served(web.AppRunner(app, access_log=None))


# -- The load.


class _Load:
    """Persistent connections, each with one request in progress."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ways: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> Self:
        opened = (
            asyncio.open_connection("127.0.0.1", self._port)
            for _ in range(_CONNECTIONS)
        )
        self._ways = list(await asyncio.gather(*opened))
        return self

    async def __aexit__(self, *error: object) -> None:
        del error
        for _, writer in self._ways:
            writer.close()

    async def ask(self, count: int) -> Answer:
        """Send `count` requests over all connections; return the last answer."""
        each = count // _CONNECTIONS
        answers = [self._asked(reader, writer, each) for reader, writer in self._ways]
        return (await asyncio.gather(*answers))[-1]

    async def _asked(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int
    ) -> Answer:
        request = (
            f"GET {_PATH} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            "User-Agent: Lavf/61.7.100\r\nAccept: */*\r\nRange: bytes=0-\r\n"
            "Connection: keep-alive\r\nIcy-MetaData: 1\r\n\r\n"
        ).encode()
        head = body = b""
        for _ in range(count):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
            body = await reader.readexactly(int(length))
        return Answer.read(head, body)


async def _round(side: Side, requests: int) -> Answer:
    async with _Load(side.port) as load_:
        answer = await load_.ask(_CONNECTIONS)
        before = side.used()
        await load_.ask(requests)
        side.costs.append((side.used() - before) / requests)
    return answer


def _playlist() -> bytes:
    lines = "".join(f"#EXTINF:6.000,\nsegment{n}.ts\n" for n in range(_SEGMENTS))
    return f"#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n{lines}".encode()


def _report(sides: Sequence[Side]) -> None:
    program = sides[0].costs
    print("side        CPU a request   program / side")
    for side in sides:
        ratios = [ours / its for ours, its in zip(program, side.costs, strict=True)]
        cost = statistics.median(side.costs) * 1e6
        print(f"{side.name:10} {cost:11.1f} us {statistics.median(ratios):16.2f}")
    print(f"wanted: program / handler <= {WANTED}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--requests", type=int, default=4000, help="of each round")
    chosen = parser.parse_args(arguments)
    fields = {"Content-Type": "audio/mpegurl", "Cache-Control": "max-age=6"}
    with contextlib.ExitStack() as stack:
        origin = stack.enter_context(
            started("handler", _bare, "handler", Answer(fields, _playlist()))
        )
        program = stack.enter_context(started("program", lobby, origin.port))
        answer = asyncio.run(_round(program, 500))
        program.costs.clear()
        others = (
            stack.enter_context(started(name, _bare, name, answer)) for name in _BARE
        )
        sides = [program, *others]
        for _ in range(chosen.rounds):
            for side in sides:
                asyncio.run(_round(side, chosen.requests))
        _report(sides)


if __name__ == "__main__":
    main()

"""The worst event loop lag of the whole program while it answers long playlists.

A player requests a DVR playlist again and again. Each answer is loaded from an origin
that serves the playlist's versions in turn. Program, origin and player are separate
processes. The result is the worst lag, in CPU time of the program's process.
"""

import argparse
import asyncio
import multiprocessing
import os
from collections.abc import Sequence
from pathlib import Path

from aiohttp import ClientSession, web

from benchmarks.playlists.inputs import Input, inputs
from benchmarks.playlists.lag import watched
from benchmarks.rig.pipes import Pipe, pipe
from benchmarks.rig.servers import lobby, served
from proxy import log
from proxy.app.interpreter import set_up_interpreter

_LOADS = 12
_VERSIONS = 4
_PATH = "/lobby/index.m3u8"


async def _origin(pipe: Pipe, one: Input) -> None:
    versions = [one.version(number) for number in range(_VERSIONS)]
    count = 0

    async def handler(_: web.BaseRequest) -> web.Response:
        nonlocal count
        count += 1
        fields = {"Content-Type": "audio/mpegurl", "Cache-Control": "no-store"}
        return web.Response(body=versions[count % _VERSIONS], headers=fields)

    async with served(web.ServerRunner(web.Server(handler))) as port:
        pipe.send(port)
        await asyncio.to_thread(pipe.recv)


async def _program(pipe: Pipe, origin: int) -> None:
    async with lobby(origin) as port:
        set_up_interpreter()
        pipe.send(port)
        async with watched() as lag:
            await asyncio.to_thread(pipe.recv)
        pipe.send(lag.worst)


def _start(pipe: Pipe, given: Input | int) -> None:
    serve = _program(pipe, given) if isinstance(given, int) else _origin(pipe, given)
    with Path(os.devnull).open("w") as nowhere:
        log.configure(nowhere, form="json")
        asyncio.run(serve)


async def _play(port: int, *, zipped: bool) -> int:
    coding = "gzip" if zipped else "identity"
    size = 0
    async with ClientSession(headers={"Accept-Encoding": coding}) as session:
        for _ in range(_LOADS):
            async with session.get(f"http://127.0.0.1:{port}{_PATH}") as answer:
                answer.raise_for_status()
                size = len(await answer.read())
    return size


def worst(one: Input, *, zipped: bool) -> tuple[float, int]:
    """Return the worst lag in seconds, and the size of the playlist."""
    spawned = multiprocessing.get_context("spawn")
    pipes: list[Pipe] = []
    given: Input | int = one
    for _ in range(2):
        ours, theirs = pipe()
        spawned.Process(target=_start, args=(theirs, given), daemon=True).start()
        given = int(ours.recv())
        pipes.append(ours)
    assert isinstance(given, int)
    size = asyncio.run(_play(given, zipped=zipped))
    for each in pipes:
        each.send("end")
    return float(pipes[1].recv()), size


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for uncompressed answers, and one for gzipped ones."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="of the playlist")
    given = parser.parse_args(arguments)
    for one in inputs(given.scale):
        if not one.name.startswith("DVR") or "signed" in one.name:
            continue
        for zipped in (False, True):
            lag, size = worst(one, zipped=zipped)
            form = "zipped" if zipped else "as it is"
            print(f"{size / 1e6:.1f} MB {form}: lag {lag * 1e3:.1f} ms")


if __name__ == "__main__":
    main()

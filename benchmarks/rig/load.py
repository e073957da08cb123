"""Puts load on a server over persistent connections: by wrk, or by our own client."""

import asyncio
import math
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from itertools import cycle, takewhile
from pathlib import Path

CONNECTIONS = 8

Load = Callable[[int, Sequence[str], float], Coroutine[None, None, int]]
"""Requests the paths in turn from a port for so many seconds; returns the number of
complete answers."""

# On a busy machine, answers may take seconds.
_PATIENCE = "--timeout=30s"

# The script for wrk: it requests the paths in the order of the file.
_SCRIPT = """
local paths, at = {}, 0
function init(arguments)
  for path in io.lines(arguments[1]) do
    paths[#paths + 1] = wrk.format("GET", path)
  end
end
function request()
  at = at % #paths + 1
  return paths[at]
end
"""


def found(*, own: bool = False) -> tuple[str, Load]:
    """Return the name and the function of the load tool: wrk if installed, or ours."""
    wrk = None if own else shutil.which("wrk")
    if wrk is None:
        return "a client in Python", _by_client
    return "wrk", partial(_by_wrk, wrk)


async def _by_wrk(wrk: str, port: int, paths: Sequence[str], seconds: float) -> int:
    # wrk accepts whole seconds only.
    length = f"-d{max(1, round(seconds))}s"
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder) / "paths.lua", Path(folder) / "paths"
        script.write_text(_SCRIPT)
        listed.write_text("\n".join(paths))
        options = ("-t1", f"-c{CONNECTIONS}", length, _PATIENCE, "-s", str(script))
        server = f"http://127.0.0.1:{port}"
        running = await asyncio.create_subprocess_exec(
            wrk, *options, server, "--", str(listed), stdout=subprocess.PIPE
        )
        told = (await running.communicate())[0].decode()
    wrong = re.search(r"Socket errors|Non-2xx", told)
    count = re.search(r"([0-9]+) requests in", told)
    assert count is not None, told
    assert wrong is None, told
    return int(count[1])


async def each_once(port: int, paths: Sequence[str]) -> int:
    """Request each path once, by our own client; return their number."""
    return await _by_connections(port, iter(paths), math.inf)


async def _by_client(port: int, paths: Sequence[str], seconds: float) -> int:
    return await _by_connections(port, cycle(paths), time.monotonic() + seconds)


async def _by_connections(port: int, paths: Iterator[str], end: float) -> int:
    asking = [_asked_until(end, port, paths) for _ in range(CONNECTIONS)]
    return sum(await asyncio.gather(*asking))


async def _asked_until(end: float, port: int, paths: Iterator[str]) -> int:
    count = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    for path in takewhile(lambda _: time.monotonic() < end, paths):
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await _read_body(reader, head.lower())
        count += 1
    writer.close()
    return count


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    """Read the body to its end without collecting it."""
    if b"transfer-encoding: chunked" in head:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
        return
    left = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
    while left:
        left -= len(await reader.read(min(left, 2**18)))

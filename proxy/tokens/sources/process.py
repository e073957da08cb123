"""Running a program without a shell, with limits on its output and run time."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from proxy.clock import Clock
from proxy.errors import SourceError
from proxy.system import processes
from proxy.tokens.waiting import within

MOST_OUTPUT_BYTES = 64 * 1024
"""Larger than any token including the text around it."""

_GRACE_SECONDS = 1.0
"""A killed program has ended within milliseconds."""

_LEFTOVER_SECONDS = 0.5
"""How long the output is read after the program's end. Its own output is there already.
A child that it left in the background may keep the output open forever."""

_TAIL_BYTES = 4096
_CHUNK_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of a program."""

    status: int
    """Its exit status; if negative, the signal that ended it."""
    _: KW_ONLY
    stdout: bytes = field(repr=False)
    """The output; one byte more than allowed if it was too long."""
    stderr: bytes = field(repr=False)
    """The end of the error output."""


async def run(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    folder: Path,
    seconds: float,
    clock: Clock,
) -> Finished:
    """Run a program to its end; raise `SourceError` if that fails or takes too long.

    It runs in its own session, with no input. If it takes too long or writes too much,
    or if the caller is cancelled, it is killed together with all processes that it
    started.
    """
    async with _pipe() as (output, stdout), _pipe() as (errors, stderr):
        try:
            process = await _started(argv, environ, folder, (output, errors))
        finally:
            os.close(output)
            os.close(errors)
        work = asyncio.create_task(
            _finish(process, stdout, stderr, clock), name=f"program {process.pid}"
        )
        try:
            if await within(clock, seconds, work):
                return work.result()
            raise SourceError(f"was not done within {seconds:g} s")
        finally:
            if not _ended_by_itself(work):
                processes.kill(process)
            await _reaped(process, work)


async def _started(
    argv: Sequence[str],
    environ: Mapping[str, str],
    folder: Path,
    outputs: tuple[int, int],
) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=outputs[0],
            stderr=outputs[1],
            env=dict(environ),
            cwd=folder,
            start_new_session=True,
        )
    except OSError as exc:
        found = os.strerror(exc.errno or 0)
        raise SourceError(f"cannot be run: {found}", recoverable=False) from exc


async def _finish(
    process: asyncio.subprocess.Process,
    stdout: asyncio.StreamReader,
    stderr: asyncio.StreamReader,
    clock: Clock,
) -> Finished:
    head, tail = bytearray(), bytearray()
    reading = asyncio.gather(_first(stdout, head, process), _last(stderr, tail))
    try:
        status = await process.wait()
        await within(clock, _LEFTOVER_SECONDS, reading)
    finally:
        reading.cancel()
    return Finished(
        status, stdout=bytes(head[: MOST_OUTPUT_BYTES + 1]), stderr=bytes(tail)
    )


async def _first(
    stream: asyncio.StreamReader,
    head: bytearray,
    process: asyncio.subprocess.Process,
) -> None:
    """Read to the end; kill a program that writes more than is allowed."""
    while len(head) <= MOST_OUTPUT_BYTES:
        chunk = await stream.read(_CHUNK_BYTES)
        if not chunk:
            return
        head += chunk
    processes.kill(process)


async def _last(stream: asyncio.StreamReader, tail: bytearray) -> None:
    while chunk := await stream.read(_CHUNK_BYTES):
        tail += chunk
        del tail[:-_TAIL_BYTES]


def _ended_by_itself(work: asyncio.Task[Finished]) -> bool:
    # When the proxy stops, all tasks are cancelled at once, including this one.
    return work.done() and not work.cancelled() and work.result().status >= 0


async def _reaped(
    process: asyncio.subprocess.Process, work: asyncio.Task[Finished]
) -> None:
    """Wait for the end of a program, but not for one that we may not kill."""
    work.cancel()
    end = asyncio.create_task(process.wait(), name=f"end of {process.pid}")
    await asyncio.wait({work, end}, timeout=_GRACE_SECONDS)
    end.cancel()


@contextlib.asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """Yield a descriptor for writing and a reader; close the reader at the end.

    Output that is still to come is then lost. The pipes that asyncio creates cannot be
    closed like this: a program that escaped could keep them open. The caller closes the
    descriptor.
    """
    source, target = os.pipe()
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(source, "rb", 0)
    )
    try:
        yield target, reader
    finally:
        transport.close()

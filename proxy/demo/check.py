"""Plays the demo through the proxy and checks the result: `demo --check SECONDS`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
from aiohttp import ClientTimeout

from proxy.clock import Clock
from proxy.demo.player import Fetched, StreamReport, play
from proxy.demo.record import Record, StreamRecord
from proxy.errors import TruncatedError, UnreachableError

# The strictest player (hls.js) gives up after 10 s without data.
_TIMEOUT = ClientTimeout(total=30.0, sock_read=10.0)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How all streams played."""

    seconds: float
    streams: tuple[StreamReport, ...]


class HttpFetch:
    """Fetches over HTTP; tests use a fake in its place."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __call__(self, url: str) -> Fetched:
        """Return the answer; raises UpstreamError if it is missing or incomplete."""
        try:
            async with self._session.get(url) as response:
                return Fetched(response.status, await response.read())
        except aiohttp.ClientPayloadError as exc:
            raise TruncatedError("the body was cut short") from exc
        except (aiohttp.ClientError, TimeoutError) as exc:
            raise UnreachableError(f"no answer ({type(exc).__name__})") from exc


async def check(
    base_url: str, streams: Sequence[str], seconds: float, *, clock: Clock
) -> CheckReport:
    """Play all streams at once, in real time, for `seconds`."""
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as session,
        asyncio.TaskGroup() as tasks,
    ):
        fetch = HttpFetch(session)
        playing = [
            tasks.create_task(
                play(
                    name,
                    f"{base_url}/{name}/index.m3u8",
                    seconds,
                    fetch=fetch,
                    clock=clock,
                ),
                name=f"check of {name}",
            )
            for name in streams
        ]
    return CheckReport(seconds, tuple(task.result() for task in playing))


def exit_code(report: CheckReport, record: Record) -> int:
    """Return 0 if no viewer noticed a failure and no stray token was sent, else 1."""
    verdicts = [stream.segments and not stream.failures for stream in report.streams]
    played = verdicts and all(verdicts)
    return 0 if played and not record.stray_tokens else 1


def summary(report: CheckReport, record: Record) -> str:
    """Return the result as lines for a terminal."""
    lines = [f"played {len(report.streams)} streams for {report.seconds:.0f} s"]
    for stream in report.streams:
        lines.append(_played(stream))
        lines.append(_seen(record.stream(stream.name)))
        lines += [f"    {times} x {what}" for what, times in stream.failures.items()]
    verdict = "failed" if exit_code(report, record) else "passed"
    return "\n".join([*lines, verdict])


def _played(stream: StreamReport) -> str:
    noticed = sum(stream.failures.values())
    return (
        f"  {stream.name}: {stream.requests} requests, {stream.playlists} playlists,"
        f" {stream.segments} segments, {noticed} failures noticed"
    )


def _seen(record: StreamRecord) -> str:
    refusals = ", ".join(f"{n} x {why}" for why, n in record.refusals.items())
    least = record.least_token_life
    life = "no token" if least is None else f"tokens with {least:.1f} s or more left"
    return (
        f"    the origin saw {record.requests} requests, {life},"
        f" {record.stray_tokens} stray tokens; refused: {refusals or 'nothing'}"
    )

"""The commands that serve players: run, and a worker of several."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Iterable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import click

from proxy import log
from proxy.app.announcements import (
    Announcements,
    EventAnnouncements,
    TextAnnouncements,
)
from proxy.app.interpreter import set_up_interpreter
from proxy.app.program import running
from proxy.app.surroundings import DISTRIBUTION
from proxy.cli.exit_status import (
    EXIT_CANNOT_START,
    EXIT_CUT_SHORT,
    CutShortError,
    run_to_end,
)
from proxy.cli.options import config_option, loaded, surroundings
from proxy.cli.signals import on_hang_up, stop_signals
from proxy.settings import Settings
from proxy.system import processes
from proxy.workers.parent import presiding
from proxy.workers.worker import Worker
from proxy.workers.worker_count import number_of


@click.command()
@config_option
def run(config: Path) -> None:
    """Run the proxy until it is stopped."""
    settings = loaded(config)
    announcements = _logging(settings)

    async def serve() -> None:
        number = number_of(settings.server.workers)
        program = running if number == 1 else partial(presiding, workers=number)
        stop = stop_signals()
        on_hang_up(lambda: None, gone=stop.set)  # not reloaded before the start
        async with program(
            settings, **surroundings(), config=config, changed=_relogging
        ) as started:
            set_up_interpreter()
            on_hang_up(started.reload, gone=stop.set)
            announcements.started(started)
            await _first_of(stop, started.failures)
            announcements.stopping(settings.server.shutdown_seconds)

    try:
        run_to_end(serve())
    except CutShortError:
        announcements.stopped(cut=True)
        sys.exit(EXIT_CUT_SHORT)
    announcements.stopped()


@click.command(hidden=True)
@click.argument("channel", type=int)
def worker(channel: int) -> None:
    """Serve players as one of several processes; only their parent starts it."""
    # The terminal sends these signals to all processes, but only the parent reacts.
    for number in (signal.SIGINT, processes.reload_signal()):
        if number is not None:
            signal.signal(number, signal.SIG_IGN)

    async def serve() -> bool:
        one = Worker(_relogging, serves=set_up_interpreter)
        on_hang_up(lambda: None, gone=one.stop.set)
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, one.stop.set)
        end = socket.socket(fileno=channel)
        end.set_inheritable(False)
        return await one.run(end, **surroundings())

    sys.exit(0 if run_to_end(serve()) else EXIT_CANNOT_START)


def _logging(settings: Settings, worker: int | None = None) -> Announcements:
    """Configure the log; return the object that reports the start and the stop.

    `worker` is the number of this process if it is one of several.
    """
    form = settings.log.format
    if form == "auto":
        form = "text" if sys.stderr.isatty() else "json"
    log.configure(sys.stderr, form=form, level=settings.log.level, worker=worker)
    if form == "json":
        return EventAnnouncements(log.always(), version(DISTRIBUTION))
    say = partial(click.echo, err=True)
    return TextAnnouncements(say, version(DISTRIBUTION))


def _relogging(settings: Settings, worker: int | None = None) -> None:
    """Configure the log from a reloaded configuration."""
    _logging(settings, worker)


async def _first_of(
    stop: asyncio.Event, failures: Iterable[asyncio.Future[None]]
) -> None:
    """Wait until it is time to stop; raise StartError if the program cannot go on."""
    stopped = asyncio.create_task(_set(stop), name="wait for a signal")
    try:
        await asyncio.wait({stopped, *failures}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
    for failure in failures:
        if failure.done():
            failure.result()


async def _set(event: asyncio.Event) -> None:
    await event.wait()

"""The command `hls-auth-proxy`."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn, TypedDict, TypeVar

import click

from proxy import log
from proxy.app import inspection, prefetching
from proxy.app.announcements import (
    Announcements,
    EventAnnouncements,
    TextAnnouncements,
)
from proxy.app.fetching_all import Progress
from proxy.app.interpreter import set_up_interpreter
from proxy.app.program import running
from proxy.app.surroundings import DISTRIBUTION
from proxy.app.trial import Trials
from proxy.clock import Clock, SystemClock
from proxy.demo import show
from proxy.demo.screen import Screen
from proxy.errors import SettingsError, StartError
from proxy.settings import Settings, load, schema
from proxy.settings.environ import CONFIG_VARIABLE
from proxy.system import processes
from proxy.workers.number import number_of
from proxy.workers.parent import presiding
from proxy.workers.worker import Worker

T = TypeVar("T")

EXIT_CANNOT_START = 1
EXIT_FAILED = 1
EXIT_BAD_CONFIGURATION = 2
EXIT_CUT_SHORT = 130
"""The exit status that a shell reports for a program stopped by Ctrl-C. `run` and
`demo` use it after a second Ctrl-C."""


_config = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    envvar=CONFIG_VARIABLE,
    show_envvar=True,
    help="The configuration in TOML; config/ has examples.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=DISTRIBUTION, message="%(prog)s %(version)s")
def main() -> None:
    """Play token-protected HLS in any player, through plain local URLs."""


@main.command()
@_config
def run(config: Path) -> None:
    """Run the proxy until it is stopped."""
    settings = _loaded(config)
    announcements = _logging(settings)

    async def serve() -> None:
        number = number_of(settings.server.workers)
        program = running if number == 1 else partial(presiding, workers=number)
        stop = _stop_signals()
        _on_hang_up(lambda: None, gone=stop.set)  # not reloaded before the start
        async with program(
            settings, **_surroundings(), config=config, changed=_relogging
        ) as started:
            set_up_interpreter()
            _on_hang_up(started.reload, gone=stop.set)
            announcements.started(started)
            await _first_of(stop, started.failures)
            announcements.stopping(settings.server.shutdown_seconds)

    try:
        _run(serve())
    except _CutShortError:
        announcements.stopped(cut=True)
        sys.exit(EXIT_CUT_SHORT)
    announcements.stopped()


@main.command()
@click.option(
    "--check",
    "seconds",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Play all streams for so long; fail if a viewer would have noticed anything.",
)
@click.option(
    "--port",
    type=click.IntRange(1024, 65533),
    default=show.PORT,
    show_default=True,
    help="The proxy's port; the demo's upstream takes the next two.",
)
def demo(seconds: float | None, port: int) -> None:
    """Play a demo stream from a built-in upstream that requires tokens."""
    log.configure(sys.stderr, level="error")

    async def shown() -> int:
        if seconds is not None:
            return await show.checked(seconds, say=click.echo, port=port)
        write = partial(click.echo, nl=False)
        screen = Screen(write, terminal=sys.stdout.isatty())
        await show.demo(_stop_signals().wait, screen=screen, port=port)
        return 0

    try:
        sys.exit(_run(shown()))
    except _CutShortError:
        sys.exit(EXIT_CUT_SHORT)


@main.command()
@_config
@click.argument("stream")
@click.option("--reveal", is_flag=True, help="Show the value of the token too.")
def token(config: Path, stream: str, *, reveal: bool) -> None:
    """Get a token for STREAM (or FAMILY/ID) and show its contents.

    For a JWT: show the decoded claims, and those that do not fit the stream.
    """
    settings = _loaded(config)
    log.configure(sys.stderr, level="error")
    shown = inspection.show_token(
        settings, stream, reveal=reveal, say=click.echo, **_surroundings()
    )
    _exit_by(shown)


@main.command()
@_config
@click.argument("streams", metavar="[STREAM]...", nargs=-1)
def check(config: Path, streams: tuple[str, ...]) -> None:
    """Test streams step by step, and report whose fault a failure is.

    The steps: the token, the entry playlist, one rendition, one segment and its key.
    STREAM is a name or FAMILY/ID; without one, all streams except families.
    """
    settings = _loaded(config)
    count = len(settings.streams)
    streams_of = "1 stream" if count == 1 else f"{count} streams"
    click.echo(f"{config}: {streams_of}, the configuration is valid")
    log.configure(sys.stderr, level="error")
    tried = inspection.check(settings, streams, say=click.echo, **_surroundings())
    _exit_by(tried)


@main.command(hidden=True)
@click.argument("channel", type=int)
def worker(channel: int) -> None:
    """Serve players as one of several processes; only their parent starts it."""
    # The terminal sends these signals to all processes, but only the parent reacts.
    for number in (signal.SIGINT, processes.reload_signal()):
        if number is not None:
            signal.signal(number, signal.SIG_IGN)

    async def serve() -> bool:
        one = Worker(_relogging, serves=set_up_interpreter)
        _on_hang_up(lambda: None, gone=one.stop.set)
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, one.stop.set)
        end = socket.socket(fileno=channel)
        end.set_inheritable(False)
        return await one.run(end, **_surroundings())

    sys.exit(0 if _run(serve()) else EXIT_CANNOT_START)


@main.command()
@_config
@click.argument("stream")
@click.option(
    "--rendition",
    "renditions",
    metavar="NAME",
    multiple=True,
    help="Fetch this one with its sound and subtitles; may be repeated. [default: all]",
)
def prefetch(config: Path, stream: str, *, renditions: tuple[str, ...]) -> None:
    """Fetch the recording STREAM (or FAMILY/ID) to the disk before it is played.

    Then it plays without a connection to the platform: see store.dir. Files on the disk
    are not fetched again, so an interrupted prefetch can be repeated.
    """
    settings = _loaded(config)
    log.configure(sys.stderr, level="error")
    work = prefetching.prefetch(
        settings, stream, renditions, say=click.echo, bar=_bar, **_surroundings()
    )
    _exit_by(work)


@main.command("config-schema")
def config_schema() -> None:
    """Print the JSON schema of the configuration, for editors."""
    click.echo(json.dumps(schema(), indent=2))


def _bar(label: str, length: int) -> AbstractContextManager[Progress]:
    """Show a progress bar on a terminal; elsewhere, only print the label."""
    return click.progressbar(length=length, label=label, file=sys.stderr, show_pos=True)


class _Surroundings(TypedDict):
    environ: Mapping[str, str]
    clock: Clock
    rng: random.Random


def _surroundings() -> _Surroundings:
    """Return this machine's environment, clock and source of randomness."""
    return {
        "environ": os.environ,
        "clock": SystemClock(),
        "rng": random.SystemRandom(),
    }


def _loaded(config: Path) -> Settings:
    surroundings = _surroundings()
    try:
        return load(config, environ=os.environ, trial=Trials(**surroundings))
    except SettingsError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(EXIT_BAD_CONFIGURATION)


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


class _CutShortError(Exception):
    """A signal stopped the work before it was done."""


def _run(work: Coroutine[object, object, T]) -> T:
    """Run the work to its end; if it cannot start, print why in one line and exit.

    Raises _CutShortError if the work was cancelled or interrupted.
    """
    try:
        return asyncio.run(work)
    except StartError as error:
        click.echo(f"hls-auth-proxy: {error}", err=True)
        sys.exit(EXIT_CANNOT_START)
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise _CutShortError from None


def _exit_by(work: Coroutine[object, object, bool]) -> NoReturn:
    """Run the work of a command, and exit with a status that shows the result."""
    try:
        sys.exit(0 if _run(_stoppable(work)) else EXIT_FAILED)
    except _CutShortError:
        sys.exit(EXIT_CUT_SHORT)


async def _stoppable(work: Coroutine[object, object, T]) -> T:
    """Run the work; SIGINT and SIGTERM cancel it, so it can close what it opened."""
    task = asyncio.current_task()
    if task is not None:
        _on_stop(task.cancel)
    return await work


def _on_stop(signalled: Callable[[], object]) -> None:
    """Call `signalled` on SIGINT and SIGTERM, if the event loop supports signals."""
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, signalled)


def _on_hang_up(told: Callable[[], object], *, gone: Callable[[], object]) -> None:
    """Call `told` on SIGHUP, on systems that have it.

    Closing the terminal also sends SIGHUP. In that case `gone` is called instead.
    """
    number, at_terminal = processes.reload_signal(), sys.stderr.isatty()

    def hear() -> None:
        if at_terminal and not sys.stderr.isatty():
            _say_no_more()
            gone()
        else:
            told()

    if number is not None:
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, hear)


def _say_no_more() -> None:
    """Discard all further output: writing to a closed terminal fails."""
    with Path(os.devnull).open("w") as nowhere:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere.fileno(), stream.fileno())


def _stop_signals() -> asyncio.Event:
    """Return the event that SIGINT and SIGTERM set; a second signal stops at once.

    Even after the second signal, the program waits for the answer to a request with a
    refresh token, because it may contain the next refresh token.
    """
    stop, task = asyncio.Event(), asyncio.current_task()

    def signalled() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    _on_stop(signalled)
    return stop

"""Signals: those that stop the program, and the one that reloads it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from proxy.system import processes


def on_stop(signalled: Callable[[], object]) -> None:
    """Call `signalled` on SIGINT and SIGTERM, if the event loop supports signals."""
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, signalled)


def on_hang_up(told: Callable[[], object], *, gone: Callable[[], object]) -> None:
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


def stop_signals() -> asyncio.Event:
    """Return the event that SIGINT and SIGTERM set; a second signal stops at once.

    Even after the second signal, the program waits for the answer to a request with a
    refresh token, because it may contain the next refresh token.
    """
    stop, task = asyncio.Event(), asyncio.current_task()

    def signalled() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    on_stop(signalled)
    return stop

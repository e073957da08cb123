"""Runs the work of a command to its end, and chooses the exit status."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import NoReturn, TypeVar

import click

from proxy.cli.signals import on_stop
from proxy.errors import StartError

T = TypeVar("T")

EXIT_CANNOT_START = 1
EXIT_FAILED = 1
EXIT_BAD_CONFIGURATION = 2
EXIT_CUT_SHORT = 130
"""The exit status that a shell reports for a program stopped by Ctrl-C. `run` and
`demo` use it after a second Ctrl-C."""


class CutShortError(Exception):
    """A signal stopped the work before it was done."""


def run_to_end(work: Coroutine[object, object, T]) -> T:
    """Run the work to its end; if it cannot start, print why in one line and exit.

    Raises CutShortError if the work was cancelled or interrupted.
    """
    try:
        return asyncio.run(work)
    except StartError as error:
        click.echo(f"hls-auth-proxy: {error}", err=True)
        sys.exit(EXIT_CANNOT_START)
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise CutShortError from None


def exit_by(work: Coroutine[object, object, bool]) -> NoReturn:
    """Run the work of a command, and exit with a status that shows the result."""
    try:
        sys.exit(0 if run_to_end(_stoppable(work)) else EXIT_FAILED)
    except CutShortError:
        sys.exit(EXIT_CUT_SHORT)


async def _stoppable(work: Coroutine[object, object, T]) -> T:
    """Run the work; SIGINT and SIGTERM cancel it, so it can close what it opened."""
    task = asyncio.current_task()
    if task is not None:
        on_stop(task.cancel)
    return await work

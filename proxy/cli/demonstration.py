"""The command demo."""

import sys
from functools import partial

import click

from proxy import log
from proxy.cli.exit_status import EXIT_CUT_SHORT, CutShortError, run_to_end
from proxy.cli.signals import stop_signals
from proxy.demo import show
from proxy.demo.screen import Screen


@click.command()
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
        await show.demo(stop_signals().wait, screen=screen, port=port)
        return 0

    try:
        sys.exit(run_to_end(shown()))
    except CutShortError:
        sys.exit(EXIT_CUT_SHORT)

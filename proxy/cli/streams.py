"""The commands for streams while nobody plays: check, token, prefetch."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path

import click

from proxy import log
from proxy.app import inspection, prefetching
from proxy.app.fetching_all import Progress
from proxy.cli.exit_status import exit_by
from proxy.cli.options import config_option, loaded, surroundings


@click.command()
@config_option
@click.argument("stream")
@click.option("--reveal", is_flag=True, help="Show the value of the token too.")
def token(config: Path, stream: str, *, reveal: bool) -> None:
    """Get a token for STREAM (or FAMILY/ID) and show its contents.

    For a JWT: show the decoded claims, and those that do not fit the stream.
    """
    settings = loaded(config)
    log.configure(sys.stderr, level="error")
    shown = inspection.show_token(
        settings, stream, reveal=reveal, say=click.echo, **surroundings()
    )
    exit_by(shown)


@click.command()
@config_option
@click.argument("streams", metavar="[STREAM]...", nargs=-1)
def check(config: Path, streams: tuple[str, ...]) -> None:
    """Test streams step by step, and report whose fault a failure is.

    The steps: the token, the entry playlist, one rendition, one segment and its key.
    STREAM is a name or FAMILY/ID; without one, all streams except families.
    """
    settings = loaded(config)
    count = len(settings.streams)
    streams_of = "1 stream" if count == 1 else f"{count} streams"
    click.echo(f"{config}: {streams_of}, the configuration is valid")
    log.configure(sys.stderr, level="error")
    tried = inspection.check(settings, streams, say=click.echo, **surroundings())
    exit_by(tried)


@click.command()
@config_option
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
    settings = loaded(config)
    log.configure(sys.stderr, level="error")
    work = prefetching.prefetch(
        settings, stream, renditions, say=click.echo, bar=_bar, **surroundings()
    )
    exit_by(work)


def _bar(label: str, length: int) -> AbstractContextManager[Progress]:
    """Show a progress bar on a terminal; elsewhere, only print the label."""
    return click.progressbar(length=length, label=label, file=sys.stderr, show_pos=True)

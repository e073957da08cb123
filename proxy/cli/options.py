"""What all commands read: the configuration, and this machine's surroundings."""

import os
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

import click

from proxy.app.trial import Trials
from proxy.cli.exit_status import EXIT_BAD_CONFIGURATION
from proxy.clock import Clock, SystemClock
from proxy.errors import SettingsError
from proxy.settings import Settings, load
from proxy.settings.environ import CONFIG_VARIABLE

config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    envvar=CONFIG_VARIABLE,
    show_envvar=True,
    help="The configuration in TOML; config/ has examples.",
)


class Machine(TypedDict):
    """What the program uses of this machine."""

    environ: Mapping[str, str]
    clock: Clock
    rng: random.Random


def surroundings() -> Machine:
    """Return this machine's environment, clock and source of randomness."""
    return {
        "environ": os.environ,
        "clock": SystemClock(),
        "rng": random.SystemRandom(),
    }


def loaded(config: Path) -> Settings:
    """Return the configuration; print what is wrong with it, and exit, if it is bad."""
    try:
        return load(config, environ=os.environ, trial=Trials(**surroundings()))
    except SettingsError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(EXIT_BAD_CONFIGURATION)

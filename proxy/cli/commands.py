"""The command `hls-auth-proxy`, and the commands below it."""

import json

import click

from proxy.app.surroundings import DISTRIBUTION
from proxy.cli.demonstration import demo
from proxy.cli.serving import run, worker
from proxy.cli.streams import check, prefetch, token
from proxy.settings import schema


@click.command("config-schema")
def config_schema() -> None:
    """Print the JSON schema of the configuration, for editors."""
    click.echo(json.dumps(schema(), indent=2))


@click.group(
    commands=[run, demo, check, token, prefetch, config_schema, worker],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name=DISTRIBUTION, message="%(prog)s %(version)s")
def main() -> None:
    """Play token-protected HLS in any player, through plain local URLs."""

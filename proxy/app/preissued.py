"""Builds the sources of ready-made tokens on this machine, from settings."""

from collections.abc import Mapping

from proxy.app.services import layout_of
from proxy.clock import Clock
from proxy.secret_file import SecretFile
from proxy.settings.sources.command import CommandToken
from proxy.settings.sources.preissued import EnvToken, FileToken, StaticToken
from proxy.tokens.source import Source
from proxy.tokens.sources.command import CommandSource
from proxy.tokens.sources.command_output import OutputFormat
from proxy.tokens.sources.env import EnvSource
from proxy.tokens.sources.file import FileSource
from proxy.tokens.sources.static import StaticSource

GivenToken = StaticToken | EnvToken | FileToken | CommandToken


def given_source(
    token: GivenToken, *, environ: Mapping[str, str], shared: bool, clock: Clock
) -> Source:
    """Return the source; `shared` skips the check of who else may read a file."""
    match token:
        case StaticToken():
            return StaticSource(
                token.secrets(),
                clock=clock,
                expires_at=token.expires_at,
                leading=token.leading_expiry,
            )
        case EnvToken():
            return EnvSource(
                token.variables(),
                environ=environ,
                clock=clock,
                leading=token.leading_expiry,
            )
        case FileToken():
            file = SecretFile(token.path, shared)
            return FileSource(file, layout_of(token), clock=clock)
        case CommandToken():
            return CommandSource(
                token.command,
                environ={**environ, **token.env},
                secrets=frozenset(token.env.values()),
                folder=token.folder,
                clock=clock,
                form=OutputFormat(token.format),
                layout=layout_of(token),
                seconds=token.timeout,
            )

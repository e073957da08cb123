"""`token`: the union of all sources; each has its own table of keys."""

from typing import Annotated

from pydantic import Field

from proxy.settings.sources.command import CommandToken
from proxy.settings.sources.http import HttpToken
from proxy.settings.sources.oauth2 import OAuth2Token
from proxy.settings.sources.preissued import EnvToken, FileToken, StaticToken
from proxy.settings.sources.sign_hash import SignHash
from proxy.settings.sources.sign_jwt import SignJwt

SOURCES = (
    "static",
    "env",
    "file",
    "command",
    "http",
    "oauth2",
    "sign-jwt",
    "sign-hash",
)
"""The allowed values of `source`."""
TokenSettings = Annotated[
    StaticToken
    | EnvToken
    | FileToken
    | CommandToken
    | HttpToken
    | OAuth2Token
    | SignJwt
    | SignHash,
    Field(discriminator="source"),
]

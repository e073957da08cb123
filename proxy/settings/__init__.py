"""Settings: one TOML file, providers and environment -> one frozen, checked value.

    loading        reads it all, or tells all that is wrong
    root           the whole
    program        [server], [log], [limits]
    stream         [streams.NAME]; its parts: token, placement, volatile
    token          which source; its tables: given, command, http, oauth2, …
    filling        the holes in a stream's url and claims
    providers      a platform's defaults, merged under a stream
    environ        variables that override the file
    problems       pydantic's errors in the user's words
    secret         secrets by value, file or variable
    surroundings   the folder and the environment that a configuration refers to
    table          what all tables share; the rest is what they are made of

Only `proxy.app` and the command line read settings; parts are given values.
"""

from proxy.settings.command import CommandToken
from proxy.settings.given import EnvToken, FileToken, StaticToken
from proxy.settings.http import HttpToken
from proxy.settings.loading import load, schema
from proxy.settings.oauth2 import OAuth2Token
from proxy.settings.placement import PlacementSettings
from proxy.settings.program import LimitSettings, LogSettings, ServerSettings
from proxy.settings.root import Settings
from proxy.settings.sign_hash import SignHash
from proxy.settings.sign_jwt import SignJwt
from proxy.settings.stream import StreamSettings

__all__ = [
    "CommandToken",
    "EnvToken",
    "FileToken",
    "HttpToken",
    "LimitSettings",
    "LogSettings",
    "OAuth2Token",
    "PlacementSettings",
    "ServerSettings",
    "Settings",
    "SignHash",
    "SignJwt",
    "StaticToken",
    "StreamSettings",
    "load",
    "schema",
]

"""Settings: one TOML file, providers and environment -> one frozen, checked value.

loading     reads it all, or tells all that is wrong
root        the whole
differences  what counts as another stream when it is all read again
program     [server], [log], [limits]
providers   a platform's defaults, merged under a stream
environ     variables that override the file

stream/     [streams.NAME]
sources/    its token: a table of keys for each source
values/     what the tables are made of: times, origins, secrets, texts with holes
errors/     what is wrong, in the user's words

Only `proxy.app` and the command line read settings; parts are given values.
"""

from proxy.settings.loading import load, schema
from proxy.settings.program import LimitSettings, LogSettings, ServerSettings
from proxy.settings.root import Settings
from proxy.settings.sources.command import CommandToken
from proxy.settings.sources.http import HttpToken
from proxy.settings.sources.oauth2 import OAuth2Token
from proxy.settings.sources.preissued import EnvToken, FileToken, StaticToken
from proxy.settings.sources.sign_hash import SignHash
from proxy.settings.sources.sign_jwt import SignJwt
from proxy.settings.stream.placement import PlacementSettings
from proxy.settings.stream.stream import StreamSettings

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

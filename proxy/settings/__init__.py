"""Settings: reads TOML file, providers and environment into one checked, frozen value.

loading     reads the whole configuration, or reports everything that is wrong
root        the model of the whole configuration
differences  compares old and new settings at a reload
program     the tables [server], [log], [limits] and [store]
providers   loads a platform's defaults and merges a stream's settings over them
environ     environment variables that override the file

stream/     [streams.NAME]
sources/    the stream's token: one table of keys for each source
values/     types of single values: times, origins, secrets, templates
errors/     error messages in the user's words

Only `proxy.app` and the command line read settings. They pass values to other parts.
"""

from proxy.settings.loading import load, schema
from proxy.settings.program import (
    LimitSettings,
    LogSettings,
    ServerSettings,
    StoreSettings,
)
from proxy.settings.root import Settings
from proxy.settings.sources.command import CommandToken
from proxy.settings.sources.http import HttpToken
from proxy.settings.sources.oauth2 import OAuth2Token
from proxy.settings.sources.preissued import EnvToken, FileToken, StaticToken
from proxy.settings.sources.sign_hash import SignHash
from proxy.settings.sources.sign_jwt import SignJwt
from proxy.settings.stream.placement import PlacementSettings
from proxy.settings.stream.store import StreamStoreSettings
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
    "StoreSettings",
    "StreamSettings",
    "StreamStoreSettings",
    "load",
    "schema",
]

"""The model of the whole configuration."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from proxy.settings.errors.mistakes import shown, wrong
from proxy.settings.program import (
    LimitSettings,
    LogSettings,
    ServerSettings,
    StoreSettings,
)
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.table import Table

_STREAM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# The program's own paths, and paths that browsers and crawlers request everywhere.
_OWN_PATHS = frozenset(
    {"livez", "readyz", "metrics", "status.json", "favicon.ico", "robots.txt"}
)


def _stream_name(name: str) -> str:
    if not _STREAM_NAME.fullmatch(name):
        wanted = "expected 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first"
        raise wrong(shown(name), wanted)
    if name.lower() in _OWN_PATHS or name.lower().endswith(".m3u8"):
        raise wrong(shown(name), "expected a name that the proxy does not use itself")
    return name


StreamName = Annotated[str, AfterValidator(_stream_name)]


class Settings(Table):
    """The whole configuration."""

    server: ServerSettings = ServerSettings()
    log: LogSettings = LogSettings()
    limits: LimitSettings = LimitSettings()
    store: StoreSettings = StoreSettings()
    streams: Annotated[Mapping[StreamName, StreamSettings], Field(default_factory=dict)]
    """The streams by name; the first part of their local URLs."""

    @field_validator("streams")
    @classmethod
    def _streams(
        cls, streams: Mapping[str, StreamSettings]
    ) -> Mapping[str, StreamSettings]:
        if not streams:
            raise wrong(
                "there are no streams", "expected at least one table [streams.NAME]"
            )
        return streams

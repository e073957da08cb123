"""What becomes of a stream."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamConfigured:
    """A stream or family is about to be built, at the start or at a reload."""

    stream: str
    has_token: bool
    """False for an open one."""


@dataclass(frozen=True, slots=True)
class StreamRemoved:
    """A stream or family is no longer configured; requests under way may go on."""

    stream: str

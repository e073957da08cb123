"""Streams that are added to or removed from the configuration."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamConfigured:
    """A stream or family is about to be built, at the start or at a reload."""

    stream: str
    has_token: bool
    """False for a stream that needs no token."""


@dataclass(frozen=True, slots=True)
class StreamRemoved:
    """A stream or family is no longer configured; requests under way may continue."""

    stream: str

"""What a keeper asks of a source."""

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

from proxy.core.tokens.token import Token

Measured: TypeAlias = Callable[[float], None]
"""Told how far the clock of a token service is ahead of ours, in seconds."""


class Source(Protocol):
    """Makes tokens, one at a time; keeps none."""

    async def fetch(self) -> Token:
        """Return a token, or raise `SourceError`. May be cancelled at any time."""
        ...


@runtime_checkable
class UrlSigner(Protocol):
    """Signs for one URL at a time, locally: where each URL needs a token of its own."""

    def sign(self, url: str) -> Token:
        """Return the token of this URL, or raise `SourceError`.

        The URL is exactly what will be sent, less a token of ours. Quick, and never
        waits; a signature depends on every byte of the URL.
        """
        ...


@runtime_checkable
class Watched(Protocol):
    """A source that rests on files, which may be replaced while the program runs."""

    def fingerprint(self) -> bytes:
        """Return what changes when the files do. Cheap; never raises.

        Polled, because a watch on the file itself never fires when Kubernetes swaps
        the `..data` link that it lies behind.
        """
        ...


@runtime_checkable
class Paying(Protocol):
    """A source that sends secrets of its own to get tokens."""

    @property
    def paid(self) -> frozenset[str]:
        """What it sent lately that no player may see. Cheap; never raises."""
        ...


@runtime_checkable
class Measuring(Protocol):
    """A source that sees the clock of a service. Who wants to know it sets the call."""

    measured: Measured

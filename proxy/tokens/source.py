"""The interface of a source."""

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

from proxy.core.tokens.token import Token

Measured: TypeAlias = Callable[[float], None]
"""Called with how far a token service's clock is ahead of ours, in seconds."""


class Source(Protocol):
    """Makes tokens, one at a time; stores none."""

    async def fetch(self) -> Token:
        """Return a token, or raise `SourceError`; may be cancelled at any time."""
        ...


@runtime_checkable
class UrlSigner(Protocol):
    """Signs one URL at a time, locally, if each URL needs its own token."""

    def sign(self, url: str) -> Token:
        """Return the token of this URL, or raise `SourceError`.

        The URL is exactly as sent, but without our token. This is quick and never
        waits. A signature depends on every byte of the URL.
        """
        ...


@runtime_checkable
class Watched(Protocol):
    """A source that depends on files, which may be replaced while the proxy runs."""

    def fingerprint(self) -> bytes:
        """Return a value that changes when the files change; cheap, never raises.

        It is polled, because a watch on the file itself never fires when Kubernetes
        swaps the `..data` link in its path.
        """
        ...


@runtime_checkable
class Paying(Protocol):
    """A source that sends its own secrets to get tokens."""

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that it sent recently and no player may see; cheap, never raises."""
        ...


@runtime_checkable
class Measuring(Protocol):
    """A source that measures the clock of a service.

    The caller that needs the measurement sets `measured`.
    """

    measured: Measured

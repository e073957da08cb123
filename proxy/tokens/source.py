"""What a keeper asks of a source."""

from typing import Protocol, runtime_checkable

from proxy.core.token import Token


class Source(Protocol):
    """Makes tokens, one at a time; keeps none."""

    async def fetch(self) -> Token:
        """Return a token, or raise `SourceError`. May be cancelled at any time."""
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

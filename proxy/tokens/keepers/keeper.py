"""The interface of a keeper, whatever its tokens are bound to."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from proxy.core.tokens.refresh.subjects import ENTRY, Subject
from proxy.core.tokens.token import KeptToken


class Keeper(Protocol):
    """Returns tokens of one stream that are usable now."""

    @property
    def usable(self) -> bool:
        """Whether there is a usable token, as far as is known."""
        ...

    @property
    def cold(self) -> bool:
        """Whether nobody needs a fresh token now; the next player waits for one."""
        ...

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that were sent recently to get tokens, and that no player may see."""
        ...

    def seconds_left(self) -> float | None:
        """Return the seconds until the kept token expires; None if none is kept.

        Infinity if its expiry is unknown, negative once it has expired.
        """
        ...

    async def token(self) -> KeptToken:
        """Return a usable token, or raise `TokenUnavailableError`.

        Cancelling a caller ends only its own wait.
        """
        ...

    async def refused(self, kept: KeptToken, subject: Subject = ENTRY) -> KeptToken:
        """Return a newer token than one that the upstream refused for the subject.

        If none may be requested now, the same token is returned: another try is then
        useless. Raise `TokenUnavailableError` if the source has none.
        """
        ...

    async def doubted(self, kept: KeptToken) -> KeptToken:
        """Return a newer token than one that may have expired unnoticed.

        The same token is returned if there is no reason to doubt it.
        """
        ...

    def accepted(self, kept: KeptToken, subject: Subject = ENTRY) -> None:
        """Record that the upstream accepted a request with this token."""
        ...

    def played(self) -> None:
        """Record that a player requested something of the stream."""
        ...

    def measured(self, skew: float) -> None:
        """Record that the upstream's clock is this many seconds ahead of ours."""
        ...

    def measured_issuer(self, skew: float) -> None:
        """Record that the issuer's clock is this many seconds ahead of ours.

        It counts while the upstream's clock, which judges the tokens, is unknown.
        """
        ...

    def fingerprint(self) -> bytes:
        """Return a value that changes when the source's files change."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Keep the token fresh while the block runs."""
        ...

    async def close(self) -> None:
        """Cancel the running attempt, for a keeper outside `running`."""
        ...

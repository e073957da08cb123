"""What the program asks of a keeper, whatever its tokens are bound to."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from proxy.core.tokens.refresh.subjects import ENTRY, Subject
from proxy.core.tokens.token import KeptToken


class Keeper(Protocol):
    """Hands out tokens of one stream that may be used now."""

    @property
    def usable(self) -> bool:
        """Whether there is a token that may be used now, as far as that is known."""
        ...

    @property
    def cold(self) -> bool:
        """Whether nobody needs a fresh token now: the next player waits for one."""
        ...

    @property
    def paid(self) -> frozenset[str]:
        """What was sent for tokens lately that no player may see."""
        ...

    def seconds_left(self) -> float | None:
        """Return the time until the kept token expires; None if none is kept.

        Infinity if its expiry is unknown, negative once it has expired.
        """
        ...

    async def token(self) -> KeptToken:
        """Return a token that may be used now, or raise `TokenUnavailableError`.

        Cancelling a caller ends its own wait and nothing else.
        """
        ...

    async def refused(self, kept: KeptToken, subject: Subject = ENTRY) -> KeptToken:
        """Return a newer token than one that the upstream refused for the subject.

        The same one comes back if none may be asked for now: another try is useless
        then. Raise `TokenUnavailableError` if the source has none.
        """
        ...

    async def doubted(self, kept: KeptToken) -> KeptToken:
        """Return a newer token than one that may have ended unnoticed.

        The same one comes back where there is no reason to doubt it.
        """
        ...

    def accepted(self, kept: KeptToken, subject: Subject = ENTRY) -> None:
        """Take note that the upstream accepted a request with this token."""
        ...

    def played(self) -> None:
        """Take note that a player asked for something of the stream."""
        ...

    def measured(self, skew: float) -> None:
        """Take note that the upstream's clock is so many seconds ahead of ours."""
        ...

    def measured_issuer(self, skew: float) -> None:
        """Take note of the same about who makes the tokens.

        It counts while nothing is known of the upstream's clock, which judges them.
        """
        ...

    def fingerprint(self) -> bytes:
        """Return what changes when the files behind the source do."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Look after the token for as long as the block lasts."""
        ...

    async def close(self) -> None:
        """End what is under way: for a keeper that is not run."""
        ...

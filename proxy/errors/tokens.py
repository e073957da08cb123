"""No usable token: what sources and keepers raise."""

from proxy.errors.root import HlsAuthProxyError


class TokenError(HlsAuthProxyError):
    """Something is wrong with a token."""


class SourceError(TokenError):
    """A source returned no token this time.

    `recoverable` is false if retrying soon is useless (invalid_grant, an unreadable
    key). `retry_after` is the delay that the service asked for, in seconds. `for_all`
    is true if the failure did not depend on the request: the service is overloaded, or
    does not answer. `useless` is true if the service did answer, but not with a token:
    it is reachable, and asking again at once does not help.
    """

    def __init__(
        self,
        reason: str,
        *,
        recoverable: bool = True,
        retry_after: float | None = None,
        for_all: bool = False,
        useless: bool = False,
    ) -> None:
        super().__init__(reason)
        self.recoverable = recoverable
        self.retry_after = retry_after
        self.for_all = for_all
        self.useless = useless

    def because(self, cause: str) -> "SourceError":
        """Return the same error with a possible cause added."""
        return SourceError(
            f"{self}: {cause}",
            recoverable=self.recoverable,
            retry_after=self.retry_after,
            for_all=self.for_all,
            useless=self.useless,
        )

    def answered(self) -> "SourceError":
        """Return the same error, marked as an answer without a usable token.

        A service that returns an expired token does so whatever the request is, so an
        ExpiryError also sets `for_all`.
        """
        return SourceError(
            str(self),
            recoverable=self.recoverable,
            retry_after=self.retry_after,
            for_all=self.for_all or isinstance(self, ExpiryError),
            useless=True,
        )


class ExpiryError(SourceError):
    """A token has an expiry that cannot be read, or has already expired."""


class TokenUnavailableError(TokenError):
    """A keeper has no usable token; ask again in `retry_after` seconds.

    `for_all` is copied from the source's error.
    """

    def __init__(
        self, reason: str, *, retry_after: float, for_all: bool = False
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.for_all = for_all

"""What a player asked for: it is unknown, or there is no room for it."""

from proxy.errors.root import HlsAuthProxyError


class CrowdedError(HlsAuthProxyError):
    """There is no room for another family member or selection; there may be later.

    Too many members were requested that never played, or too many selections are being
    played. `problem` is a short text about what there is too much of.
    """

    def __init__(
        self, reason: str, *, retry_after: float, problem: str = "too many new ids"
    ) -> None:
        super().__init__(reason)
        self.problem = problem
        self.retry_after = retry_after


class NameUnknownError(HlsAuthProxyError):
    """No such stream, rendition or resource."""


class KeyUnknownError(NameUnknownError):
    """The path has no access key at its beginning, or a wrong one."""


class NameUndecidedError(HlsAuthProxyError):
    """So many unknown names are being looked up that this one has to wait.

    Ask again in `retry_after` seconds.
    """

    def __init__(self, reason: str, *, retry_after: float) -> None:
        super().__init__(reason)
        self.retry_after = retry_after

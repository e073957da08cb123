"""The upstream, or the connection to it: it failed, refused, or sent something else."""

from proxy.errors.root import HlsAuthProxyError


class UpstreamError(HlsAuthProxyError):
    """The upstream failed, or the connection to it."""

    blame: str | None = None
    """The exact error type of RFC 9209 section 2.3, if it is known."""
    said: str = ""
    """The upstream's own message, without anything that may be a secret. For the
    operator of the proxy, never for a player."""


def said_by_upstream(error: BaseException | None) -> str:
    """Return the upstream's own message from an error or its causes; empty if none."""
    while error is not None:
        if isinstance(error, UpstreamError) and error.said:
            return error.said
        error = error.__cause__ or error.__context__
    return ""


class UnreachableError(UpstreamError):
    """No answer came.

    `timed_out` is true if the upstream was silent, and false if it refused.
    """

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


class KeyNotKeptError(UnreachableError):
    """A decryption key is needed that only the upstream has, which does not answer.

    The message may be shown to players.
    """

    def __init__(self) -> None:
        super().__init__(
            "the recording is encrypted, and keys are never kept on a disk; the "
            "upstream, which has the key, does not answer"
        )


class AddressRefusedError(UpstreamError):
    """The address policy of the stream forbids this address."""


class RedirectRefusedError(UpstreamError):
    """A redirect that must not be followed, or one too many."""


class BadAnswerError(UpstreamError):
    """The answer cannot be used: its framing, coding, size or content."""


class TruncatedError(BadAnswerError):
    """The body ended too early."""


class LimitError(BadAnswerError):
    """An answer exceeds a limit; the message may be shown to players.

    `found` describes what came. `setting` is the limit's key in the configuration, and
    `allowed` is its value. Without a setting the limit cannot be raised, and the
    message says so.
    """

    def __init__(self, found: str, *, setting: str = "", allowed: int) -> None:
        limit = setting or "a fixed limit"
        super().__init__(f"{found}; {limit} allows {allowed:,}")
        self.setting = setting


class ImposterError(BadAnswerError):
    """The answer is not what was expected: a web page, JSON, nothing.

    `empty` is true if nothing came, `page` if a web page came. `exposed` is true if the
    answer came over plain HTTP, where anybody on the network path can answer, as
    captive portals do.
    """

    def __init__(
        self, reason: str, *, empty: bool, exposed: bool, page: bool = False
    ) -> None:
        super().__init__(reason)
        self.empty = empty
        self.exposed = exposed
        self.page = page


class RefusedError(UpstreamError):
    """The upstream refused with `status`, and one newer token or URL did not help."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


class ChildRefusedError(RefusedError):
    """The upstream refused what its own playlist listed, even under a newer URL."""


class PlayerRefusedError(RefusedError):
    """The upstream refused a request because of what one player added to it.

    The same request is accepted without the addition. So the token is still good, and
    other players are not affected.
    """


class SignatureRefusedError(UpstreamError):
    """A URL that a playlist listed was refused; its parents may have a newer one.

    `otherwise` is the error to raise if they have none. None means a plain refusal.
    """

    def __init__(
        self, reason: str, *, status: int, otherwise: UpstreamError | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.otherwise = otherwise

    def lasting(self, reason: str) -> UpstreamError:
        """Return the error to raise if nothing newer helps."""
        return self.otherwise or ChildRefusedError(reason, status=self.status)


class NotReadyError(UpstreamError):
    """The stream has probably not started yet, judging by `status`."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


class StatusError(UpstreamError):
    """The upstream answered with a status that is passed on to the player."""

    def __init__(
        self, reason: str, *, status: int, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = headers

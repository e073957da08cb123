"""The tree of errors.

HlsAuthProxyError
├── SettingsError               the configuration is wrong; lists every problem
├── StartError                  the environment is wrong, e.g. the port is in use
│   ├── BuildError              streams that cannot be built; lists every problem
│   └── SecretError             a secret that cannot be used
│       ├── SecretFileError     its file is missing, open to others, empty
│       └── KeyUnusableError    the key does not fit its algorithm
├── TokenError
│   ├── SourceError             a source returned no token this time
│   │   └── ExpiryError         the token has expired, or its expiry is unreadable
│   └── TokenUnavailableError   a keeper has no token that may be used now
├── NameUnknownError            no such stream, rendition or resource
│   └── KeyUnknownError         no access key, or a wrong one
├── NameUndecidedError          cannot find out yet whether the name exists
├── CrowdedError                too many new members, or selections, at once
└── UpstreamError
    ├── UnreachableError        no answer: refused, reset, timed out
    │   └── KeyNotKeptError     a recording is kept, but its key is not
    ├── AddressRefusedError     policy forbids the address
    ├── RedirectRefusedError    policy forbids the redirect, or there are too many
    ├── BadAnswerError          an answer that cannot be used
    │   ├── LimitError          more than a limit allows
    │   ├── ImposterError       expected media, got a web page, JSON or nothing
    │   └── TruncatedError      the answer's body is incomplete
    ├── RefusedError            the upstream refused, and a newer token did not help
    │   ├── ChildRefusedError   it refused what it listed, and a newer URL did not help
    │   └── PlayerRefusedError  it refused what one player added to its request
    ├── SignatureRefusedError   a URL that the platform itself signed was refused
    ├── NotReadyError           a live stream that has not started
    └── StatusError             another status, which is passed on to the player

Messages never contain a URL, a query, a token or a key, because they are logged.
"""

from dataclasses import dataclass
from typing import Self


class HlsAuthProxyError(Exception):
    """The root of every error this program raises on purpose."""

    forbidden: str = ""
    """The origin that the configuration does not allow, if that caused the error."""

    def without_trace(self) -> Self:
        """Return an equal error that can be kept.

        It references neither frames nor loaded bodies.
        """
        kind = type(self)
        bare = kind.__new__(kind, *self.args)
        for name, value in vars(self).items():
            inner = isinstance(value, HlsAuthProxyError)
            setattr(bare, name, value.without_trace() if inner else value)
        return bare


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in the configuration, in the user's words."""

    key: str
    """The dotted key, as the user wrote it: `streams.lobby.token.key_file`."""
    found: str
    """What was found. Never a secret."""
    wanted: str
    """What is expected instead."""

    def __str__(self) -> str:
        return f"{self.key}: {self.found}; {self.wanted}"


class SettingsError(HlsAuthProxyError):
    """The configuration cannot be used. Holds all problems, not just the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class StartError(HlsAuthProxyError):
    """The program cannot start in this environment.

    The message is one line for the user.
    """


class BuildError(StartError):
    """Streams that cannot be built. Holds all problems, not just the first."""

    def __init__(self, problems: tuple[StartError, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class SecretError(StartError):
    """A secret that cannot be used. Holds nothing of its content."""

    def __init__(self, name: str, found: str, wanted: str) -> None:
        super().__init__(f"{name} {found}; {wanted}")
        self.found = found
        self.wanted = wanted


class SecretFileError(SecretError):
    """A secret file that cannot be used."""


class KeyUnusableError(SecretError):
    """A key that does not fit its algorithm, or cannot be read."""


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

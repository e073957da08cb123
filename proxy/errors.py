"""The error tree.

HlsAuthProxyError
├── SettingsError               the configuration is wrong; lists every problem
├── StartError                  the surroundings are wrong: a port in use
│   ├── BuildError              streams that cannot be built; lists every problem
│   └── SecretError             a secret that cannot be used
│       ├── SecretFileError     its file is missing, open to others, empty
│       └── KeyUnusableError    the key does not fit its algorithm
├── TokenError
│   ├── SourceError             a source gave no token this time
│   │   └── ExpiryError         the token that came has ended, or nobody can tell when
│   └── TokenUnavailableError   a keeper has no token that may be used now
├── NameUnknownError            no such stream, rendition or resource
│   └── KeyUnknownError         no access key, or a wrong one
├── NameUndecidedError          whether there is one cannot be found out yet
├── CrowdedError                too many new members, or selections, at once
└── UpstreamError
    ├── UnreachableError        no answer: refused, reset, timed out
    ├── AddressRefusedError     policy forbids the address
    ├── RedirectRefusedError    policy forbids the redirect, or there are too many
    ├── BadAnswerError          an answer that cannot be used
    │   ├── LimitError          more than a limit allows
    │   ├── ImposterError       a web page, JSON or nothing in the place of media
    │   └── TruncatedError      the answer's body ended before its end
    ├── RefusedError            the upstream refused, and a newer token did not help
    │   ├── ChildRefusedError   it refused what it listed, and a newer URL did not help
    │   └── PlayerRefusedError  it refused what one player added to its question
    ├── SignatureRefusedError   a URL that the platform itself signed was refused
    ├── NotReadyError           a live stream that has not started
    └── StatusError             another status, which is the player's to see

Messages never hold a URL, a query, a token or a key: they end up in logs.
"""

from dataclasses import dataclass
from typing import Self


class HlsAuthProxyError(Exception):
    """The root of every error this program raises on purpose."""

    forbidden: str = ""
    """The origin that the configuration would have to allow, where that is why."""

    def without_trace(self) -> Self:
        """Return an equal error to be kept: it holds no frame, nor what was loaded."""
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
    """What is there. Never a secret."""
    wanted: str
    """What is wanted instead."""

    def __str__(self) -> str:
        return f"{self.key}: {self.found}; {self.wanted}"


class SettingsError(HlsAuthProxyError):
    """The configuration cannot be used. Holds all problems, not the first one."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class StartError(HlsAuthProxyError):
    """The program cannot start here. The message is one line for the user."""


class BuildError(StartError):
    """Streams that cannot be built. Holds all problems, not the first one."""

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
    """Something is the matter with a token."""


class SourceError(TokenError):
    """A source gave no token this time.

    `recoverable` is false where trying again soon is useless (invalid_grant, an
    unreadable key); `retry_after` is what the other side asked for, in seconds;
    `for_all` says that it did not depend on what was asked: the service is overloaded,
    or does not answer. `useless` says that it did answer, with something that is no
    token: it is there, and nothing is gained by asking it again at once.
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
        """Return the same error with what may have led to it."""
        return SourceError(
            f"{self}: {cause}",
            recoverable=self.recoverable,
            retry_after=self.retry_after,
            for_all=self.for_all,
            useless=self.useless,
        )

    def answered(self) -> "SourceError":
        """Return the same error as one of a service that answered, uselessly.

        A token that has ended says of the service what it says to nobody else.
        """
        return SourceError(
            str(self),
            recoverable=self.recoverable,
            retry_after=self.retry_after,
            for_all=self.for_all or isinstance(self, ExpiryError),
            useless=True,
        )


class ExpiryError(SourceError):
    """The end of a token cannot be read although it is told, or is over."""


class TokenUnavailableError(TokenError):
    """A keeper has no usable token; ask again in `retry_after` seconds.

    `for_all` is that of the source's error.
    """

    def __init__(
        self, reason: str, *, retry_after: float, for_all: bool = False
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.for_all = for_all


class CrowdedError(HlsAuthProxyError):
    """There is no room for another member of a family, or selection; later, perhaps.

    Too many members were asked for that never played, or too many selections are
    played. `problem` says in short what there is too much of.
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
    """The path begins without the access key, or with a wrong one."""


class NameUndecidedError(HlsAuthProxyError):
    """So many unknown names were looked for that this one must wait.

    Ask again in `retry_after` seconds.
    """

    def __init__(self, reason: str, *, retry_after: float) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class UpstreamError(HlsAuthProxyError):
    """The upstream, or the way to it, failed."""

    blame: str | None = None
    """The exact error type of RFC 9209 section 2.3, where it is known."""
    said: str = ""
    """What the upstream says itself, without what may be a secret. For whoever runs
    the proxy, never for a player."""


def said_by_upstream(error: BaseException | None) -> str:
    """Return what an upstream said itself, of an error or of what led to it."""
    while error is not None:
        if isinstance(error, UpstreamError) and error.said:
            return error.said
        error = error.__cause__ or error.__context__
    return ""


class UnreachableError(UpstreamError):
    """No answer came. `timed_out` tells a silent upstream from a refusing one."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


class AddressRefusedError(UpstreamError):
    """The address policy of the stream forbids this address."""


class RedirectRefusedError(UpstreamError):
    """A redirect that may not be followed, or one too many."""


class BadAnswerError(UpstreamError):
    """The answer cannot be used: its framing, coding, size or content."""


class TruncatedError(BadAnswerError):
    """The body ended before its end."""


class LimitError(BadAnswerError):
    """More came than a limit allows; the message may be shown to players.

    `found` says what came. `setting` is the limit's key in the configuration, and
    `allowed` its value; without a setting nobody can raise it, and that is said.
    """

    def __init__(self, found: str, *, setting: str = "", allowed: int) -> None:
        limit = setting or "a fixed limit"
        super().__init__(f"{found}; {limit} allows {allowed:,}")
        self.setting = setting


class ImposterError(BadAnswerError):
    """Something else came than what was asked for: a web page, JSON, nothing.

    `empty` tells that nothing came, `page` that a web page did; `exposed` that it came
    over plain HTTP, where anybody on the way can answer, as captive portals do.
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
    """The upstream refused what its own playlist listed, under a newer URL too."""


class PlayerRefusedError(RefusedError):
    """The upstream refused a question for what one player added to it.

    Without that it does not refuse: neither the token nor any other player is meant.
    """


class SignatureRefusedError(UpstreamError):
    """A URL that a playlist listed was refused; its parents may have a newer one.

    `otherwise` is what the answer means if they have none; None: a plain refusal.
    """

    def __init__(
        self, reason: str, *, status: int, otherwise: UpstreamError | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.otherwise = otherwise

    def lasting(self, reason: str) -> UpstreamError:
        """Return what to raise where nothing newer helps."""
        return self.otherwise or ChildRefusedError(reason, status=self.status)


class NotReadyError(UpstreamError):
    """The stream has not started, as far as `status` tells."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


class StatusError(UpstreamError):
    """The upstream answered with a status that is passed on."""

    def __init__(
        self, reason: str, *, status: int, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = headers

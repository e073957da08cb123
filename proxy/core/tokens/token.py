"""A token: the credential that gives access to the upstream."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field


@dataclass(frozen=True, slots=True)
class Token:
    """The credential that gives access to the upstream.

    Its fields never appear in a repr. Most tokens have one field, `token`; placements
    name the fields they use. Times are epoch seconds. None means unknown; a token
    without an expiry is used until it is refused.
    """

    fields: Mapping[str, str] = field(repr=False)
    expires_at: float | None = None
    _: KW_ONLY
    not_before: float | None = None
    refresh_in: float | None = None
    """When its service advises requesting the next token, in seconds from now."""
    ends_there: float | None = field(default=None, compare=False)
    """Its expiry by the clock that `not_before` is read by; only these two are
    comparable."""
    url: str | None = field(default=None, repr=False)
    """The whole entry URL, if the credential is a URL (Vimeo, Gcore)."""
    until: float | None = field(default=None, compare=False)
    """When its keeper stops sending it, by our clock; earlier than `expires_at`."""
    untold: str = field(default="", compare=False)
    """The setting that would provide its expiry, if the expiry is unknown."""

    def opens_like(self, other: "Token") -> bool:
        """Return whether both are the same credential, whatever their expiry."""
        return (self.fields, self.url) == (other.fields, other.url)


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token as its keeper returns it.

    Every new token of a keeper has the next `generation`. This distinguishes a late
    refusal of an old token from a refusal of the current one.
    """

    token: Token
    generation: int
    once: bool = False
    """Whether it is valid for one request only and must not be sent again."""
    sign: Callable[[str], Token] | None = field(default=None, repr=False)
    """If each URL has its own token: the function that makes it, instead of `token`."""

    def of(self, url: str) -> Token:
        """Return the token for a URL; `url` is as sent, but without our token.

        Raise TokenUnavailableError if each URL has its own token and it cannot be made.
        """
        return self.token if self.sign is None else self.sign(url)

"""A token: what opens the upstream."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Token:
    """What opens the upstream. Its fields never show in a repr.

    Most tokens have one field, `token`; placements name the fields they use.
    Times are epoch seconds; `None` means unknown: used until it is refused.
    """

    fields: Mapping[str, str] = field(repr=False)
    expires_at: float | None = None
    not_before: float | None = None
    refresh_in: float | None = None
    """When its service advises to ask for the next one, in seconds from now."""
    ends_there: float | None = field(default=None, compare=False)
    """Its end by the clock that `not_before` is read by: the two are this far apart."""
    url: str | None = field(default=None, repr=False)
    """The whole URL of the entry, where the credential is a URL (Vimeo, Gcore)."""
    until: float | None = field(default=None, compare=False)
    """When its keeper sends it no more; earlier than `expires_at`, by our clock."""
    untold: str = field(default="", compare=False)
    """The setting that would tell its end, where none does."""

    def opens_like(self, other: "Token") -> bool:
        """Tell whether both are one credential, whatever is known of their ends."""
        return (self.fields, self.url) == (other.fields, other.url)


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A token as its keeper hands it out.

    Every new token of a keeper has the next `generation`, so that a late refusal of
    an old token is told from a refusal of the current one.
    """

    token: Token
    generation: int
    once: bool = False
    """Whether it opens one request, and must not be sent a second time."""
    sign: Callable[[str], Token] | None = field(default=None, repr=False)
    """Where each URL has a token of its own: what makes it, in place of `token`."""

    def of(self, url: str) -> Token:
        """Return the token of a URL: what will be sent, less a token of ours.

        Raises TokenUnavailableError where each URL has its own and none can be made.
        """
        return self.token if self.sign is None else self.sign(url)

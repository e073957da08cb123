"""A token: what opens the upstream."""

from collections.abc import Mapping
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
    url: str | None = field(default=None, repr=False)
    """The whole URL of the entry, where the credential is a URL (Vimeo, Gcore)."""

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

"""The settings of a stream that advice depends on."""

import re
from dataclasses import KW_ONLY, dataclass

from proxy import errors

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SIGNING = frozenset({"sign-jwt", "sign-hash"})
_SERVICES = frozenset({"http", "oauth2"})


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """The configuration of a stream."""

    stream: str
    """The configured name."""
    origins: frozenset[str] = frozenset()
    """The setting `origins`."""
    _: KW_ONLY
    spreads: bool = False
    """Whether the origins of `reach_origins` get the token as well."""
    source: str = ""
    """The source of its tokens; empty for an open stream."""
    key_id: bool = False
    """Whether its key has an id."""
    address: tuple[str, ...] = ("url",)
    """The settings that form its URL; only those that the user wrote."""
    host: str = "url"
    """The setting that names the host; empty if the provider does."""
    wanted: str = ""
    """The stream name as commands expect it, with the id of a member."""

    @property
    def shown(self) -> str:
        """Return the command that shows the token."""
        return f"`hls-auth-proxy token {self.wanted or self.stream}` shows the token"

    @property
    def settings(self) -> str:
        """Return the settings that form its URL, as text."""
        return _listed([f"`{name}`" for name in self.address])

    def doubts(self) -> str:
        """Return what may be wrong with a refused token."""
        if not self.source:
            return "it may need a token: set token, placement and reach"
        place = "or it goes to the wrong place (placement, reach)"
        if self.source in _SIGNING:
            parts = ["the key", *(["key_id"] if self.key_id else []), *self._ids()]
            wrong = f"{_listed(parts, 'or')} is wrong, or this machine's clock"
            return f"{wrong}, {place}; {self.shown}"
        if self.source in _SERVICES:
            wrong = f"the tokens (source {self.source}) are not valid here"
            return f"{wrong} (scopes, audience, account), {place}; {self.shown}"
        wrong = f"the token (source {self.source}) is wrong, expired or revoked"
        return f"{wrong}, {place}; {self.shown}"

    def _ids(self) -> list[str]:
        return [name for name in self.address if name != "url"]


def cure_of(error: errors.HlsAuthProxyError, facts: StreamFacts) -> tuple[str, ...]:
    """Return configuration lines that allow the refused origin; may be empty.

    It is empty if the origin is no web address, which cannot be allowed.
    """
    if not error.forbidden.startswith(("http://", "https://")):
        return ()
    name = facts.stream
    table = name if _BARE.fullmatch(name) else f'"{name}"'
    listed = [f'"{one}"' for one in sorted({*facts.origins, error.forbidden})]
    told = [
        "if this origin belongs to the stream, allow it:",
        f"    [streams.{table}]",
        f"    origins = [{', '.join(listed)}]",
    ]
    if facts.spreads:
        told.append("in reach_origins instead, if it needs the token as well")
    if isinstance(error, errors.RedirectRefusedError):
        told.append("if it is a login page, the token is missing or refused")
    return tuple(told)


def _listed(names: list[str] | tuple[str, ...], word: str = "and") -> str:
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last

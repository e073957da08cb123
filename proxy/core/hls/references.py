"""References of a playlist: what they mean upstream, and how to write them locally."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from proxy.core.hls.variables import Variables
from proxy.core.http.percent_encoding import encode
from proxy.core.http.placeholder_url import stand_in
from proxy.core.http.uri import Resolver, split
from proxy.core.kind import Kind

BLANKS = b" \t"

# These are not for the proxy, but understood: keys in the playlist itself, DRM
# identifiers.
_UNDERSTOOD = re.compile(rb"(?:data|skd|urn):", re.IGNORECASE)
_PLAYLISTS = (".m3u8", ".m3u")


# Not frozen: frozen instances take three times as long to create, and a long playlist
# has tens of thousands.
@dataclass(slots=True)
class Reference:
    """A reference of an upstream playlist that needs a local one."""

    url: str
    """The absolute upstream URL (http or https), without fragment."""
    kind: Kind
    tag: str = ""
    """The tag it was found in; empty for a URI line. A URI line after a STREAM-INF has
    the tag and attributes of that."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """The attributes of the tag, variables expanded as in `lasting`."""
    absolute: bool = False
    """Whether the local reference has to be absolute."""
    written: str = ""
    """As written, expanded as in `lasting`, percent-encoded, without fragment."""
    censored: str = ""
    """The URL without values that no player may see, if variables contain any."""

    @property
    def lasting(self) -> str:
        """The URL that names are derived from: hidden values change, such as tokens."""
        return self.censored or self.url


GiveName = Callable[[Reference], str | None]
"""Returns the local form of a reference, in ASCII; `None` leaves it unchanged."""

GiveNames = Callable[[Kind, list[str]], list[str]]
"""Returns the local forms of many plain references of one kind. These are given as
written: no blanks, nothing to encode or expand, absolute or below the playlist's
directory."""


class Understood(NamedTuple):
    """A reference that was understood."""

    url: str
    fragment: str
    written: str
    censored: str = ""

    @property
    def is_absolute(self) -> bool:
        """Whether it was written as an absolute reference."""
        return split(self.written).is_absolute

    @property
    def is_playlist(self) -> bool:
        """Whether its path has the extension of a playlist, ignoring the query.

        A reference that is only a query does not, although it resolves to the
        playlist's own path.
        """
        return split(self.written).path.lower().endswith(_PLAYLISTS)


class Finder:
    """Finds out what the references of one playlist mean."""

    def __init__(self, resolver: Resolver, variables: Variables) -> None:
        self._resolver = resolver
        self._variables = variables
        self.directory = self._resolver.directory
        """The prefix of plain references; empty if the base is not a web URL."""
        self.unread = 0
        """How many references could not be understood."""

    def find(self, written: bytes, *, listing: bool = False) -> Understood | None:
        """Resolve a reference as written in the playlist; None to leave it unchanged.

        `listing` is true if a playlist, or a list of playlists, is expected. A
        reference that means nothing to the proxy, but may to a player, gets a URL that
        leads nowhere. So does one with variables that cannot be expanded, because not
        every player knows variables.
        """
        written = written.strip(BLANKS)
        reference = self._variables.expand(written)
        if reference == b"":
            return None
        resolved = None if reference is None else self._resolver.resolve(reference)
        if reference is None or resolved is None:
            self.unread += not _UNDERSTOOD.match(reference or b"")
            odd = written if reference is None else reference
            nowhere = stand_in(odd, listing=listing)
            if nowhere is None:
                return None
            return Understood(nowhere, "", encode(odd).partition("#")[0])
        url, fragment = resolved
        lasting = self._variables.censored(written)
        censored = None
        if lasting is not None and lasting != reference:
            reference, censored = lasting, self._resolver.resolve(lasting)
        text = encode(reference).partition("#")[0]
        return Understood(url, fragment, text, censored[0] if censored else "")

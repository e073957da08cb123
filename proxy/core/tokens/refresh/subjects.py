"""What a token was sent for, as far as it matters for a refusal or an acceptance."""

from enum import Enum
from typing import NamedTuple

from proxy.core.kind import Kind


class Rank(Enum):
    """How much a refusal says about the whole stream.

    Each rank has its own budget. Players can ask for media and renditions that the
    upstream refuses to everybody. Such refusals must not use up the refresh that the
    entry needs when the token is replaced.
    """

    ENTRY = "entry"
    """An entry that a token has opened before."""
    NEWCOMER = "newcomer"
    """An entry that no token has opened yet; any id of a family may be one."""
    PLAYLIST = "playlist"
    MEDIUM = "medium"
    DOUBT = "doubt"
    """Not a refusal: an entry is missing."""

    @classmethod
    def of(cls, kind: Kind, *, opened: bool) -> "Rank":
        """Return the rank for a kind; `opened` says whether the entry ever opened."""
        match kind:
            case Kind.ENTRY:
                return cls.ENTRY if opened else cls.NEWCOMER
            case Kind.PLAYLIST:
                return cls.PLAYLIST
            case _:
                return cls.MEDIUM


class Subject(NamedTuple):
    """One requested resource."""

    rank: Rank
    name: str = ""
    """Distinguishes it from others of its rank, even if its URL changes."""


ENTRY = Subject(Rank.ENTRY)

"""What a token was sent for, as far as its refusal or acceptance is judged by it."""

from enum import Enum
from typing import NamedTuple

from proxy.core.kind import Kind


class Rank(Enum):
    """How far a refusal speaks for the whole stream.

    Each rank has a budget of its own. Players can ask for media and renditions that the
    upstream refuses to everybody; that must not cost the entry the refresh that it
    needs when the token is replaced.
    """

    ENTRY = "entry"
    """An entry that a token has opened before."""
    NEWCOMER = "newcomer"
    """An entry that none has opened so far: any id of a family may be one."""
    PLAYLIST = "playlist"
    MEDIUM = "medium"
    DOUBT = "doubt"
    """No refusal: an entry that is missing."""

    @classmethod
    def of(cls, kind: Kind, *, opened: bool) -> "Rank":
        """Return that of a kind of thing; `opened` tells whether the entry ever was."""
        match kind:
            case Kind.ENTRY:
                return cls.ENTRY if opened else cls.NEWCOMER
            case Kind.PLAYLIST:
                return cls.PLAYLIST
            case _:
                return cls.MEDIUM


class Subject(NamedTuple):
    """One thing that was asked for."""

    rank: Rank
    name: str = ""
    """Tells it from others of its rank, whatever its URL is today."""


ENTRY = Subject(Rank.ENTRY)

"""A request to an emulated platform, its reply, and reasons for a refusal, as values.

A target is kept as it was sent, to show whether someone decodes and re-encodes it.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What is requested."""

    ENTRY = "entry"
    PLAYLIST = "playlist"
    SEGMENT = "segment"
    KEY = "key"


EVERYTHING = frozenset(Role)
ENTRY = frozenset({Role.ENTRY})
CHILDREN = EVERYTHING - ENTRY


class Reason(StrEnum):
    """Why a request is refused."""

    MISSING = "no credential"
    BAD = "a wrong credential"
    EXPIRED = "an expired credential"
    SPENT = "a credential that was used before"
    NOT_ALONE = "a parameter beside the credential"


class RefusedError(Exception):
    """The platform refuses a request."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it was sent."""

    host: str
    """The platform's host that was asked, by its name in these tests: "home", "cdn"."""
    path: str = field(repr=False)
    _: KW_ONLY
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By lower-case name."""
    client: str = "127.0.0.1"
    scheme: str = "http"

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def origin(self) -> str:
        """The origin, as the client wrote it."""
        return f"{self.scheme}://{self.headers.get('host', '')}"

    @property
    def text(self) -> str:
        """All text that could contain a credential."""
        fields = (f"{name}: {value}" for name, value in self.headers.items())
        return "\n".join([self.target, *fields])


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer."""

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = "text/plain"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def pairs(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a query as they were sent, in order."""
    parts = (pair.partition("=") for pair in query.split("&") if pair)
    return [(name, value) for name, _, value in parts]

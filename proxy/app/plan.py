"""Everything that determines how a stream is built: equal plans, equal streams."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from proxy.settings import Settings, StreamSettings
from proxy.settings.differences import same_names, settled

# These limit the whole program, not a single stream.
_OF_THE_PROGRAM = frozenset(
    {
        *("snapshot_bytes", "total_names", "unread_bytes"),
        *("connections", "connections_per_address"),
    }
)
_OF_FAMILIES = frozenset({"family_members", "new_members_per_minute"})


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """What a stream is built from."""

    settings: StreamSettings
    """Without the secrets that the stream reads from their files when it uses them."""
    limits: Mapping[str, int]
    shared_secret_files: bool

    @classmethod
    def of(cls, name: str, settings: Settings) -> Self:
        """Return the plan of a stream with these settings."""
        stream = settings.streams[name]
        others = _OF_THE_PROGRAM if stream.family else _OF_THE_PROGRAM | _OF_FAMILIES
        limits = settings.limits.model_dump(exclude=set(others))
        return cls(settled(stream), limits, settings.server.shared_secret_files)

    def names_as(self, other: "StreamPlan") -> bool:
        """Return whether local names mean the same upstream URLs in both plans."""
        return self.limits == other.limits and same_names(self.settings, other.settings)

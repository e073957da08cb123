"""All that decides how a stream is built: equal plans make equal streams."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from proxy.settings import Settings, StreamSettings
from proxy.settings.differences import same_names, settled

# They bound the program, not a stream.
_OF_THE_PROGRAM = frozenset(
    {
        *("snapshot_bytes", "total_names", "unread_bytes"),
        *("connections", "connections_per_address"),
    }
)
_OF_FAMILIES = frozenset({"family_members", "new_members_per_minute"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stream is built by."""

    settings: StreamSettings
    """Without the secrets that it reads from their files when it uses them."""
    limits: Mapping[str, int]
    shared_secret_files: bool

    @classmethod
    def of(cls, name: str, settings: Settings) -> Self:
        """Return the plan of a stream of these settings."""
        stream = settings.streams[name]
        others = _OF_THE_PROGRAM if stream.family else _OF_THE_PROGRAM | _OF_FAMILIES
        limits = settings.limits.model_dump(exclude=set(others))
        return cls(settled(stream), limits, settings.server.shared_secret_files)

    def names_as(self, other: "Plan") -> bool:
        """Tell whether local names mean the same upstream URLs in both."""
        return self.limits == other.limits and same_names(self.settings, other.settings)

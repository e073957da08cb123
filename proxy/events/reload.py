"""What becomes of the configuration."""

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum


class ReloadOutcome(StrEnum):
    """What becomes of a reload; a label of metrics."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    """It says what was in force already."""
    REFUSED = "refused"
    """Something is wrong with it; what was in force goes on."""


@dataclass(frozen=True, slots=True)
class ConfigurationLoaded:
    """What is in force was read: at the start, or by a reload that was not refused."""

    wall: float
    """When, in epoch seconds."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The configuration was read again."""

    outcome: ReloadOutcome
    _: KW_ONLY
    added: tuple[str, ...] = ()
    """Names of streams, as those that follow."""
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """The keys whose new values take effect at the next start."""
    problems: tuple[str, ...] = ()
    """Why it was refused, in the words of a start."""

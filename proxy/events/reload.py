"""Loads and reloads of the configuration."""

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum


class ReloadOutcome(StrEnum):
    """The result of a reload; a label of metrics."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    """It is the same as the configuration in force."""
    REFUSED = "refused"
    """It has errors; the previous configuration stays in force."""


@dataclass(frozen=True, slots=True)
class ConfigurationLoaded:
    """The configuration in force was read, at the start or by a reload.

    A refused reload does not count.
    """

    wall: float
    """When it was read, in epoch seconds."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The configuration was read again."""

    outcome: ReloadOutcome
    _: KW_ONLY
    added: tuple[str, ...] = ()
    """Names of streams, like the two fields that follow."""
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """The keys whose new values take effect at the next start."""
    problems: tuple[str, ...] = ()
    """Why it was refused, in the same words as at start."""

"""The state of the configuration, for the program's own pages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfigurationStatus:
    """The result of the last reload, and which configuration is in force."""

    loaded_at: float
    """When the configuration in force was read, in epoch seconds."""
    last_reload: str | None = None
    """`applied`, `unchanged` or `refused`; None: it was never reloaded."""
    problems: tuple[str, ...] = ()
    """Why the last reload was refused, in the same words as at start; else empty."""
    waiting_for_restart: tuple[str, ...] = ()
    """The keys whose new values take effect at the next start."""

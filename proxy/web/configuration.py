"""How the configuration is, for the pages of the program."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfigurationStatus:
    """What became of the last attempt to read it, and what is in force."""

    loaded_at: float
    """When what is in force was read, in epoch seconds."""
    last_reload: str | None = None
    """`applied`, `unchanged` or `refused`; None: it was never read again."""
    problems: tuple[str, ...] = ()
    """Why the last one was refused, in the words of a start; else empty."""
    waiting_for_restart: tuple[str, ...] = ()
    """The keys whose new values take effect at the next start."""

"""What cannot be kept secret everywhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecretExposed:
    """A secret is too short to be recognised in answers that repeat it.

    The same one may be told again, as by each member of a family.
    """

    stream: str
    what: str
    """Which one, in words; never its value."""

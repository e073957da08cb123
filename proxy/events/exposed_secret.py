"""A secret that cannot be hidden everywhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecretExposed:
    """A secret is too short to be recognised in answers that repeat it.

    The same secret may be reported several times, for example by each member of a
    family.
    """

    stream: str
    what: str
    """A description of the secret; never its value."""

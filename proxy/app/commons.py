"""What the worker processes of this machine have in common, as one of them sees it."""

from collections.abc import Callable
from dataclasses import dataclass

from proxy.localise.uses import Agree
from proxy.store.shared_files import SharedFiles


@dataclass(frozen=True, slots=True)
class Commons:
    """What the workers have in common."""

    files: SharedFiles
    """The media that they keep."""
    agree: Callable[[str], Agree]
    """Returns how a stream agrees with itself in other workers, by its local path."""
    workers: int
    """How many workers share the memory for media."""

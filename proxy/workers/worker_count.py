"""How many processes serve players on this system."""

from typing import Literal

from proxy.errors import StartError
from proxy.system import processes, sockets


def number_of(wanted: int | Literal["auto"]) -> int:
    """Return the number of workers; "auto" means one for each core.

    Raises StartError for more than one on systems where processes cannot inherit
    sockets.
    """
    if sockets.hands_sockets():
        return processes.cores() if wanted == "auto" else wanted
    if wanted not in ("auto", 1):
        raise StartError(
            f"server.workers: {wanted}, but on this system processes cannot share a "
            'socket; expected 1 or "auto"'
        )
    return 1

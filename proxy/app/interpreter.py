"""Tunes the Python interpreter, so that long playlists do not block others."""

import gc
import sys

# How soon a thread that rewrites a long playlist must yield to the event loop. Python's
# default is 5 ms. Twice that delay is noticeable to other players.
_SWITCH_SECONDS = 0.0005


def set_up_interpreter() -> None:
    """Make threads yield sooner, and exempt permanent objects from collection.

    Only for a process that runs nothing else; call it once everything is built.
    Otherwise every full collection would scan tens of thousands of modules and classes
    again.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()

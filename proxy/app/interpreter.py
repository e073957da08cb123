"""The interpreter, set up so that a long playlist holds nobody up."""

import gc
import sys

# A thread that rewrites a long playlist gives way to the event loop after so long. By
# default 5 ms: twice that, and other players feel it.
_SWITCH_SECONDS = 0.0005


def set_up_interpreter() -> None:
    """Make threads give way soon, and spare the collector what is there for good.

    For a process that runs nothing else, once all is built: modules and classes, tens
    of thousands of objects, would be looked through again in every full collection.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()

"""Modules of the standard library that only some systems have."""

import importlib
from types import ModuleType


def module(name: str) -> ModuleType | None:
    """Return a module that only some systems have; None if it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None

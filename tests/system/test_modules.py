"""Modules that only some systems have."""

import sys

import pytest

from proxy.system.modules import module


def test_a_missing_module_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller has another way then."""
    assert module("errno") is sys.modules["errno"]
    monkeypatch.setitem(sys.modules, "errno", None)
    assert module("errno") is None

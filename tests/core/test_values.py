"""Values that are made for each request."""

from dataclasses import field, replace

import pytest

from proxy.core.values import value


@value
class Sent:
    """An example."""

    to: str
    secret: str = field(default="", repr=False)
    again: bool = False


def test_a_value_is_a_dataclass() -> None:
    """Equal by its fields, usable as a key, without secrets in its text."""
    one = Sent("a", secret="b")
    assert one == Sent("a", "b") != Sent("a")
    assert {one: 1}[Sent("a", "b")] == 1
    assert repr(one) == "Sent(to='a', again=False)"
    assert replace(one, again=True) == Sent("a", "b", again=True)


def test_a_value_has_no_other_fields() -> None:
    """A misspelt one is an error."""
    with pytest.raises(AttributeError):
        setattr(Sent("a"), "too", 1)  # noqa: B010 - the type checker knows it is wrong

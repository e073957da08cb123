"""All events."""

import dataclasses
import re
from typing import get_args

import pytest

from proxy.events.event import Event

# A field of such a name would be a place for what no log and no number may see.
_SECRET = re.compile("token$|secret|url|query|header|cookie|key$|peer|address")


@pytest.mark.parametrize("kind", get_args(Event))
def test_an_event_is_frozen_and_has_no_place_for_a_secret(kind: type) -> None:
    """Several sinks share it; what is not in it none of them can leak."""
    if dataclasses.is_dataclass(kind):
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        names = [each.name for each in dataclasses.fields(kind)]
    else:
        assert issubclass(kind, tuple)
        names = list(kind._fields)  # type: ignore[attr-defined]
    assert names
    assert [name for name in names if _SECRET.search(name)] in ([], ["has_token"])


def test_all_events_are_told_apart_by_their_class() -> None:
    """A sink takes those that it is about."""
    kinds = get_args(Event)
    assert len({kind.__name__ for kind in kinds}) == len(kinds)
    assert not any(a in b.__mro__[1:] for a in kinds for b in kinds)

"""All events."""

import dataclasses
import re
from typing import get_args

import pytest

from proxy.events.event import Event

# A field with such a name could hold what no log or metric may see.
_SECRET = re.compile("token$|secret|url|query|header|cookie|key$|peer|address")


@pytest.mark.parametrize("kind", get_args(Event))
def test_an_event_is_frozen_and_has_no_place_for_a_secret(kind: type) -> None:
    """Several sinks share it; they cannot leak what is not in it."""
    if dataclasses.is_dataclass(kind):
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        names = [each.name for each in dataclasses.fields(kind)]
    else:
        assert issubclass(kind, tuple)
        names = list(kind._fields)  # type: ignore[attr-defined]
    assert names
    assert [name for name in names if _SECRET.search(name)] in ([], ["has_token"])


def test_all_events_have_their_own_class() -> None:
    """Sinks choose events by their class."""
    kinds = get_args(Event)
    assert len({kind.__name__ for kind in kinds}) == len(kinds)
    assert not any(a in b.__mro__[1:] for a in kinds for b in kinds)

"""How long players wait."""

import pytest

from proxy.core.kind import Kind
from proxy.deadline import FIRST_BYTE_SECONDS, MEDIA_SECONDS
from proxy.sharing.first_byte_wait import is_waited_for, seconds_for


@pytest.mark.parametrize(
    ("kind", "seconds", "held"),
    [
        (Kind.SEGMENT, MEDIA_SECONDS, False),
        (Kind.MAP, MEDIA_SECONDS, False),
        (Kind.KEY, FIRST_BYTE_SECONDS, False),
        (Kind.PART, FIRST_BYTE_SECONDS, True),
        (Kind.ASSET_LIST, FIRST_BYTE_SECONDS, True),
    ],
)
def test_players_wait_longer_for_media(
    kind: Kind, seconds: float, *, held: bool
) -> None:
    """And as long as it takes for a resource that is still being made."""
    assert (seconds_for(kind), is_waited_for(kind)) == (seconds, held)

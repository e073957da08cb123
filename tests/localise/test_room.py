"""How many names a catalog may have."""

from proxy.localise.room import Allowed, OwnRoom


def test_a_catalog_by_itself_has_its_limit() -> None:
    """However many it has."""
    room = OwnRoom(20)
    assert [room.takes(names) for names in (0, 30)] == 2 * [Allowed(20, 20)]

"""How many names a catalog may have."""

from proxy.localise.name_quota import Allowed, OwnQuota


def test_a_single_catalog_has_its_own_limit() -> None:
    """However many names it has."""
    room = OwnQuota(20)
    assert [room.takes(names) for names in (0, 30)] == 2 * [Allowed(20, 20)]

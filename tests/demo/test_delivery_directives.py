"""Delivery directives."""

import pytest

from proxy.demo.delivery_directives import BadReloadError, Reload, directives
from proxy.demo.part_timeline import Spot

EDGE = Spot(312, 2)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", Reload()),
        ("a=1&_HLS_push=1", Reload()),
        ("_HLS_skip=YES", Reload(skip=True)),
        ("_HLS_skip=v2", Reload(skip=True)),
        ("_HLS_skip=NO", Reload()),
        ("_HLS_msn=312", Reload(Spot(312, 3))),
        ("_HLS_msn=313", Reload(Spot(313, 3))),
        ("_HLS_msn=312&_HLS_part=2", Reload(Spot(312, 2))),
        ("_HLS_part=2&x=y&_HLS_msn=312", Reload(Spot(312, 2))),
        ("_HLS_msn=312&_HLS_part=4", Reload(Spot(313, 0))),
        ("_HLS_msn=313&_HLS_part=3&_HLS_skip=YES", Reload(Spot(313, 3), skip=True)),
        ("_HLS_msn=0&_HLS_part=0", Reload(Spot(0, 0))),
    ],
)
def test_what_a_reload_waits_for(query: str, wanted: Reload) -> None:
    """RFC 8216bis, section 6.2.5; a part after the last is the first of the next."""
    assert wanted == directives(query, edge=EDGE)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("_HLS_part=1", "without _HLS_msn"),
        ("_HLS_msn=314", "_HLS_msn is too far"),
        ("_HLS_msn=313&_HLS_part=4", "_HLS_part is too far"),
        ("_HLS_msn=", "no number"),
        ("_HLS_msn=-1", "no number"),
        ("_HLS_msn=1&_HLS_part=x", "no number"),
        ("_HLS_msn=1&_HLS_part=\u0663", "no number"),
        ("_HLS_msn=1234567890123", "no number"),
    ],
)
def test_invalid_directives(query: str, reason: str) -> None:
    """No part without its segment; two segments or three seconds ahead at most."""
    with pytest.raises(BadReloadError, match=reason):
        directives(query, edge=EDGE)

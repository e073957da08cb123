"""What Cache-Status says."""

import pytest

from proxy.core.http.cache_status import CacheStatus


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (CacheStatus(hit=True), "hls-auth-proxy; hit"),
        (CacheStatus(hit=True, ttl=5), "hls-auth-proxy; hit; ttl=5"),
        (
            CacheStatus(hit=True, ttl=-3, detail="upstream-down"),
            "hls-auth-proxy; hit; ttl=-3; detail=upstream-down",
        ),
        (CacheStatus(fwd="uri-miss"), "hls-auth-proxy; fwd=uri-miss"),
        (
            CacheStatus(fwd="uri-miss", stored=True, collapsed=True),
            "hls-auth-proxy; fwd=uri-miss; stored; collapsed",
        ),
        (
            CacheStatus(fwd="bypass", detail='not "kept"'),
            r'hls-auth-proxy; fwd=bypass; detail="not \"kept\""',
        ),
        (CacheStatus(), "hls-auth-proxy"),
    ],
)
def test_it_is_one_member_with_parameters(status: CacheStatus, line: str) -> None:
    """RFC 9211 section 2: a hit is never forwarded."""
    assert status.line == line


def test_a_detail_cannot_leave_the_field() -> None:
    """Line ends would begin a field of their own."""
    assert "\r" not in CacheStatus(hit=True, detail="a\r\nX: y").line

"""Which authorities contain a host."""

import pytest

from proxy.core.http.authority import names_host


@pytest.mark.parametrize(
    "authority",
    [
        "h",
        "H.example",
        "under_score.example",
        "h:81",
        "h:",
        "user:pass@h:8443",
        "user%40home@h",
        "@h",
        "192.0.2.1",
        "[2001:db8::1]",
        "[::1]:65535",
    ],
)
def test_a_host_with_or_without_user_and_port(authority: str) -> None:
    """Names, addresses, user and port are understood."""
    assert names_host(authority)


@pytest.mark.parametrize(
    "authority",
    [
        "",
        ":80",
        "user@",
        "[bad",
        "[::1",
        "[1:2]",
        "[::zz]",
        "[v1.fe]",
        "[fe80::1%25eth0]",
        "bad%20host",
        "%68ost",
        "a@b@c",
        "h:x",
        "h:65536",
        "h:123456",
        "h;x",
        "h\n",
    ],
)
def test_authorities_that_nobody_could_connect_to(authority: str) -> None:
    """Malformed text, and escapes, which may spell one host like another."""
    assert not names_host(authority)

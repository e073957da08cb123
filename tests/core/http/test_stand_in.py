"""A URL in the place of one that browsers follow, though nobody should."""

import pytest

from proxy.core.http import uri
from proxy.core.http.stand_in import stand_in


@pytest.mark.parametrize(
    "reference",
    [
        b"http:///evil.example/a.ts",
        b"http://e%76il.example/x.ts",
        b"HTTPS:evil.example/x",
        b"http:\\\\evil.example/x",
        b"http://ev\til.exam%70le:80/x",
        b"http://user@%65vil.example:80/x",
        b"///evil.example/a.ts",
        b"//e%76il.example/a.ts",
    ],
)
def test_what_a_browser_follows_leads_nowhere(reference: bytes) -> None:
    """Always the same nowhere, and another one for another reference."""
    assert uri.resolve("https://cdn.example/live/", reference) is None
    url = stand_in(reference)
    assert url is not None
    assert uri.origin(url).endswith(".invalid")
    assert stand_in(reference) == url
    assert stand_in(reference + b"x") != url


@pytest.mark.parametrize(
    "reference",
    [
        b"",
        b"skd://key",
        b"data:,x",
        b"rtmp://h/x",
        b"a.ts",
        b"//",
        b"//#EXT-X-BYTERANGE:1",
        b"http://[bad/x",
        b"http://bad host/x",
        b"http://bad%2fhost/x",
        b"http://bad%20host/x",
    ],
)
def test_what_no_browser_follows_stays(reference: bytes) -> None:
    """Other schemes are for others, and some hosts are nobody's."""
    assert stand_in(reference) is None

"""A URL that replaces one that players must not follow."""

import pytest

from proxy.core.http import uri
from proxy.core.http.placeholder_url import stand_in


@pytest.mark.parametrize("listing", [False, True])
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
        b"http://[bad@evil.example/x",
        b"http://bad host/x",
        b"httpproxy://evil.example:80/x.ts",
        b"HttpProxy://evil.example:80/x.ts",
        b"rtmp://h/x",
        b"udp://@239.0.0.1:1234",
        b"file:///etc/passwd",
        b"hls+http://evil.example/x.m3u8",
        b"datax:,x",
    ],
)
def test_unsafe_references_get_a_stand_in(reference: bytes, *, listing: bool) -> None:
    """The same reference always gets the same stand-in."""
    assert uri.resolve("https://cdn.example/live/", reference) is None
    url = stand_in(reference, listing=listing)
    assert url is not None
    assert uri.origin(url).endswith(".invalid")
    assert stand_in(reference, listing=listing) == url
    assert stand_in(reference + b"x", listing=listing) != url


@pytest.mark.parametrize("listing", [False, True])
@pytest.mark.parametrize(
    "reference",
    [
        *(b"", b"skd://key", b"SKD://key", b"urn:uuid:1", b"http://", b"https:"),
        *(b"//", b"//#EXT-X-BYTERANGE:1", b"//?x"),
    ],
)
def test_identifiers_that_no_player_fetches_stay(
    reference: bytes, *, listing: bool
) -> None:
    """Identifiers are for DRM systems."""
    assert stand_in(reference, listing=listing) is None


@pytest.mark.parametrize("reference", [b"data:,x", b" DATA:,x", b"da\tta:,x"])
def test_data_urls_stay_unless_they_hold_a_playlist(
    reference: bytes,
) -> None:
    """A playlist in a data: URL would not be local."""
    assert stand_in(reference, listing=False) is None
    assert stand_in(reference, listing=True) is not None

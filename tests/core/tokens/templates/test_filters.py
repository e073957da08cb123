"""Filters of messages."""

import base64
from urllib.parse import unquote_plus, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.templates.filters import ENCODINGS, FILTERS


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("hex", b"\x00\xff", b"00ff"),
        ("base64", b"\xfb\xff", b"+/8="),
        ("base64url", b"\xfb\xff", b"-_8="),
        ("base64url-unpadded", b"\xfb\xff", b"-_8"),
        # CloudFront: plus is a hyphen, equals an underscore, slash a tilde.
        ("base64-cloudfront", b"\xfb\xff", b"-~8_"),
        ("quote", b"/a b~+\xc3\xbc", b"%2Fa%20b~%2B%C3%BC"),
        ("quote-plus", b"/a b~+", b"%2Fa+b~%2B"),
        ("escape-early", b"/Hls/a b", b"%2fHls%2fa+b"),
        ("unquote", b"a%2Fb%zz+", b"a/b%zz+"),
        ("lower", "/Ä%2F".encode(), "/Ä%2f".encode()),
        ("upper", b"/a%2f", b"/A%2F"),
        ("sort", b"b=1&a=2&&a=1&a-b=0&", b"a=2&a=1&a-b=0&b=1"),
        ("sort", b"", b""),
        ("unslashed", b"/live/a/", b"live/a"),
        ("nginx-uri", b"/a/b.ts", b"/a/b.ts"),
        ("nginx-uri", b"/sub//deep///x.ts", b"/sub/deep/x.ts"),
        ("nginx-uri", b"/sub/%2e%2e/plain.ts", b"/plain.ts"),
        ("nginx-uri", b"/sub/./x%20y%25.ts", b"/sub/x y%.ts"),
        ("nginx-uri", b"/a%2f%2fb/%2E/c/", b"/a/b/c/"),
        ("nginx-uri", b"/a/b/..", b"/a/"),
        ("nginx-uri", b"/a/..", b"/"),
        ("nginx-uri", b"/a/...", b"/a/..."),
        ("nginx-uri", b"/../a", b"/../a"),
        ("ip", b"", b""),
        ("ip", b"1.2.3.4", b"\x01\x02\x03\x04"),
        (
            "ip",
            b"2001:db8:85a3::8a2e:370:7334",
            bytes.fromhex("20010db885a300000000000000000000"),
        ),
    ],
)
def test_filters(name: str, value: bytes, wanted: bytes) -> None:
    """As the platforms compute them."""
    assert FILTERS[name](value) == wanted


@pytest.mark.parametrize("value", [b"canary", b"\xff", b"1.2.3", b"1.2.3.4/8"])
def test_anything_but_an_address_is_refused(value: bytes) -> None:
    """Without showing it."""
    with pytest.raises(ValueError, match="expected an IP address") as caught:
        FILTERS["ip"](value)
    assert "canary" not in str(caught.value)


@given(st.binary())
def test_encodings_can_be_decoded(value: bytes) -> None:
    """Including escapes, in upper and lower case."""
    back = bytes.maketrans(b"-_~", b"+=/")
    cloudfront = ENCODINGS["base64-cloudfront"](value).translate(back)
    assert base64.b64decode(cloudfront, validate=True) == value
    padded = ENCODINGS["base64url"](value)
    assert base64.urlsafe_b64decode(padded) == value
    assert ENCODINGS["base64url-unpadded"](value) == padded.rstrip(b"=")
    assert unquote_to_bytes(FILTERS["quote"](value)) == value
    early = FILTERS["escape-early"](value).decode()
    assert unquote_plus(early, encoding="latin-1").encode("latin-1") == value


@given(st.lists(st.from_regex(rb"[a-c]{1,2}(=[a-c]*)?", fullmatch=True)))
def test_sorting_keeps_every_pair(pairs: list[bytes]) -> None:
    """By name; equal names keep their order."""
    ordered = FILTERS["sort"](b"&".join(pairs))
    found = ordered.split(b"&") if ordered else []
    assert sorted(found) == sorted(pairs)
    names = [pair.partition(b"=")[0] for pair in found]
    assert names == sorted(names)
    for name in names:
        same = [pair for pair in pairs if pair.partition(b"=")[0] == name]
        assert [pair for pair in found if pair.partition(b"=")[0] == name] == same
    assert FILTERS["sort"](ordered) == ordered

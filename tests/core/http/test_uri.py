"""URLs are split and resolved; all other bytes stay."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proxy.core.http import uri
from tests.core.http.urls import urls

BASE = "https://cdn.example/live/ch1/index.m3u8?sid=7"
FOLDER = "https://cdn.example/live/ch1/"

schemes = st.sampled_from(["http://", "https://", "//", "/", "?", "#", "..", ""])
references = st.builds(lambda a, b: a.encode() + b, schemes, st.binary(max_size=30))


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://h/p?q#f", ("https", "h", "/p", "q", "f")),
        ("https://h", ("https", "h", "", None, None)),
        ("https://h/p?#", ("https", "h", "/p", "", "")),
        ("//h?q", ("", "h", "", "q", None)),
        ("///p", ("", "", "/p", None, None)),
        ("mailto:a", ("mailto", None, "a", None, None)),
        ("2024:08/s.ts", ("", None, "2024:08/s.ts", None, None)),
        ("?a?b#c#d?e", ("", None, "", "a?b", "c#d?e")),
        ("p?//h:/x", ("", None, "p", "//h:/x", None)),
        ("", ("", None, "", None, None)),
    ],
)
def test_split_keeps_absent_and_empty_apart(
    url: str, parts: tuple[str | None, ...]
) -> None:
    """RFC 3986, appendix B, except that a scheme must begin with a letter."""
    assert uri.split(url) == parts


@given(st.text())
def test_join_is_the_inverse_of_split(url: str) -> None:
    """For any text."""
    assert uri.join(uri.split(url)) == url


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        # Section 5.4.1, normal examples.
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"),
        ("g#s", "http://a/b/c/g#s"),
        ("g?y#s", "http://a/b/c/g?y#s"),
        (";x", "http://a/b/c/;x"),
        ("g;x", "http://a/b/c/g;x"),
        ("g;x?y#s", "http://a/b/c/g;x?y#s"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../", "http://a/"),
        ("../../g", "http://a/g"),
        # Section 5.4.2, abnormal ones.
        ("../../../g", "http://a/g"),
        ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("g..", "http://a/b/c/g.."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/./x", "http://a/b/c/g?y/./x"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("g#s/./x", "http://a/b/c/g#s/./x"),
        ("g#s/../x", "http://a/b/c/g#s/../x"),
    ],
)
def test_resolve_follows_the_examples_of_the_standard(
    reference: str, target: str
) -> None:
    """RFC 3986, section 5.4."""
    found = uri.resolve("http://a/b/c/d;p?q", reference.encode())
    assert found is not None
    assert "".join(found) == target


@pytest.mark.parametrize(
    ("base", "reference", "url"),
    [
        (BASE, b"seg1.ts", FOLDER + "seg1.ts"),
        (
            BASE,
            b"a/b.ts?t=exp=1~acl=/a/*~hmac=ab",
            FOLDER + "a/b.ts?t=exp=1~acl=/a/*~hmac=ab",
        ),
        (BASE, b"s.ts?", FOLDER + "s.ts?"),
        (BASE, b"a//b.ts", FOLDER + "a//b.ts"),
        (BASE, b"%2F%7e+*~()%zz%", FOLDER + "%2F%7e+*~()%zz%"),
        (BASE, b" \ts.ts\t ", FOLDER + "s.ts"),
        (BASE, b"my clip.ts", FOLDER + "my%20clip.ts"),
        (BASE, b"a\\b.ts", FOLDER + "a%5Cb.ts"),
        (BASE, b'"<>^`{|}\x7f\x00', FOLDER + "%22%3C%3E%5E%60%7B%7C%7D%7F%00"),
        (BASE, "año.ts".encode(), FOLDER + "a%C3%B1o.ts"),
        (BASE, "año.ts".encode("latin-1"), FOLDER + "a%F1o.ts"),
        (BASE, b"2024:08:10/s.ts", FOLDER + "2024:08:10/s.ts"),
        (BASE, b"./seg:1.ts", FOLDER + "seg:1.ts"),
        (BASE, b"//o.example:8443/a/../s.ts", "https://o.example:8443/s.ts"),
        (BASE, b"//o.example", "https://o.example"),
        (BASE, b"http://h:81/a//b.ts", "http://h:81/a//b.ts"),
        (BASE, b"https://h/a/../b.ts", "https://h/a/../b.ts"),
        (BASE, b"HTTPS://H.example/S.ts", "HTTPS://H.example/S.ts"),
        (BASE, b"http://u:p@h/s.ts", "http://u:p@h/s.ts"),
        (BASE, b"http://[2001:db8::1]:80/s.ts", "http://[2001:db8::1]:80/s.ts"),
        (BASE, b"https.ts", FOLDER + "https.ts"),
        ("https://h", b"s.ts", "https://h/s.ts"),
        ("https://h?q", b"?x", "https://h?x"),
        ("https://h/a//b/i.m3u8", b"s.ts", "https://h/a//b/s.ts"),
        ("https://h/a//b/i.m3u8", b"../s.ts", "https://h/a//s.ts"),
        ("https://h/a/./x/../i.m3u8", b"s.ts", "https://h/a/s.ts"),
        ("https://h/a/i.m3u8?x=/../y", b"s.ts", "https://h/a/s.ts"),
    ],
)
def test_resolve_keeps_the_bytes(base: str, reference: bytes, url: str) -> None:
    """Escapes, empty segments and queries stay; illegal characters are escaped."""
    assert uri.resolve(base, reference) == (url, "")


def test_resolve_returns_the_fragment_separately() -> None:
    """The upstream never gets it, the player keeps it."""
    assert uri.resolve(BASE, b"s.ts#t=1 2") == (FOLDER + "s.ts", "#t=1%202")
    assert uri.resolve(BASE, b"s.ts#") == (FOLDER + "s.ts", "#")


@pytest.mark.parametrize(
    "reference",
    [
        b"data:text/plain;base64,AAAA",
        b"skd://key",
        b"rtmp://h/x",
        b"udp://@239.0.0.1:1234",
        b"seg:1.ts",
        b"htts://h/x",
        b"C:\\x.ts",
        b"http:x.ts",
        b"https:///x.ts",
        b"http://[bad/a.ts",
        b"http://bad host/a.ts",
        b"http://h:99999/a.ts",
        b"//#EXT-X-BYTERANGE:1@2",
        b"///a.ts",
    ],
)
def test_resolve_ignores_other_addresses(reference: bytes) -> None:
    """Other schemes, and authorities without a host."""
    assert uri.resolve(BASE, reference) is None


@pytest.mark.parametrize("base", ["", "index.m3u8", "ftp://h/a", "https://[bad/a"])
def test_resolve_needs_a_web_base_for_relative_references(base: str) -> None:
    """Without one, only absolute references have a meaning."""
    assert uri.resolve(base, b"s.ts") is None
    assert uri.resolve(base, b"https://h/s.ts") == ("https://h/s.ts", "")


@given(st.text(max_size=40) | urls, references)
@example("https://h/..", b"..")
@settings(deadline=None)
def test_resolve_never_raises(base: str, reference: bytes) -> None:
    """The result is None, or a web URL that resolves to itself."""
    found = uri.resolve(base, reference)
    if found is not None:
        url, fragment = found
        assert url[:4].lower() == "http"
        assert "#" not in url
        assert fragment[:1] in {"", "#"}
        assert uri.origin(url)
        assert uri.resolve(BASE, url.encode()) == (url, "")


@given(references)
@settings(deadline=None)
def test_the_fast_path_for_plain_references_gives_the_same_result(
    reference: bytes,
) -> None:
    """It is compared with the general way."""
    absolute = uri.resolve(BASE, reference)
    if absolute is not None:
        # A trailing blank is trimmed, but no plain reference has one.
        assert uri.resolve(BASE, reference + b" ") == absolute


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://H.Example/a?b", "https://h.example"),
        ("HTTPS://h:443/", "https://h"),
        ("http://h:80", "http://h"),
        ("http://h:443?x=@y", "http://h:443"),
        ("https://h:/a", "https://h"),
        ("https://u:p@h:8443/a@b", "https://h:8443"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]"),
        ("https://[::1]:443/", "https://[::1]"),
        ("https://[::1]:81/", "https://[::1]:81"),
        ("https://h#:81", "https://h"),
        ("no url", ""),
    ],
)
def test_origin_is_normalised(url: str, origin: str) -> None:
    """Lower case, no user, no default port."""
    assert uri.origin(url) == origin

"""URLs stay unchanged, origins are normalised, and neither is shown."""

import pytest

from proxy.settings.errors.mistakes import Wrong
from proxy.settings.values.origins import checked_origin, checked_url


@pytest.mark.parametrize(
    "url",
    [
        "https://media.example.com/live/index.m3u8",
        "http://user:pass@192.168.1.4:8000/a%2Fb?x=1&y=%7e",
        "https://[2001:db8::1]/a.m3u8",
        "HTTPS://Media.example.com/~a//b",
    ],
)
def test_a_url_is_returned_byte_for_byte(url: str) -> None:
    """Re-quoting breaks signed URLs."""
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "media.example.com/a.m3u8",
        "rtsp://host/a",
        "https:///a",
        "https://host:99999/a",
        "https://h ost/a",
        "https://host/a b?CANARY",
        "https://host/ü?CANARY",
        "https://host/{foo}?CANARY",
        "https://host/a#CANARY",
    ],
)
def test_invalid_urls_are_refused_and_not_shown(url: str) -> None:
    """Even an invalid URL may contain a token."""
    with pytest.raises(Wrong) as caught:
        checked_url(url)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("rtmp://host/live", 'has the scheme "rtmp"; expected http or https'),
        ("http://host:99999/live", "has the port 99999; expected one up to 65535"),
        ("http://a b/live", "has no valid host; expected one such as "),
        ("/live", "is not a URL; expected one such as "),
        ("host:8080/live", "is not a URL; expected one such as "),
        ("eyJhbGciOiJS.CANARY", "is not a URL; "),
        ("canary-canary://x", "has no valid host; "),
    ],
)
def test_the_invalid_part_of_a_url_is_named(url: str, problem: str) -> None:
    """If it cannot be secret."""
    with pytest.raises(Wrong) as caught:
        checked_url(url)
    (mistake,) = caught.value.mistakes
    assert f"{mistake.found}; {mistake.wanted}".startswith(problem)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://CDN.example.com", "https://cdn.example.com"),
        ("https://cdn.example.com:443", "https://cdn.example.com"),
        ("http://cdn.example.com:8080", "http://cdn.example.com:8080"),
        ("http://[2001:DB8::1]:80", "http://[2001:db8::1]"),
    ],
)
def test_an_origin_has_one_form(written: str, read: str) -> None:
    """Lower case, and no default port."""
    assert checked_origin(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "*",
        "null",
        "cdn.example.com",
        "https://*.example.com",
        "https://cdn.example.com/",
        "https://user:CANARY@host",
        "https://host?CANARY",
        "ftp://host",
    ],
)
def test_what_is_more_or_less_than_an_origin_is_refused(written: str) -> None:
    """No wildcards, no paths, no users."""
    with pytest.raises(Wrong) as caught:
        checked_origin(written)
    assert "CANARY" not in str(caught.value)

"""References: what they mean, and which are not understood."""

import pytest

from proxy.core.hls.attributes import scan
from proxy.core.hls.references import Finder, Understood
from proxy.core.hls.variables import Variables
from proxy.core.http.uri import Resolver

FOLDER = "https://cdn.example/live/"


@pytest.fixture
def finder() -> Finder:
    """Return a finder for a playlist that defines `host`, `empty` and, hidden, `t`."""
    variables = Variables("t=SECRET", {}, frozenset({"t"}))
    host = b'NAME="host",VALUE="https://h.example"'
    for line in (host, b'NAME="empty",VALUE=""', b'QUERYPARAM="t"'):
        variables.define(list(scan(line, 0)))
    return Finder(Resolver(FOLDER + "index.m3u8"), variables)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (b"s.ts", (FOLDER + "s.ts", "", "s.ts", "")),
        (b" a b.ts#t=1 ", (FOLDER + "a%20b.ts", "#t=1", "a%20b.ts", "")),
        (
            b"{$host}/s.ts",
            ("https://h.example/s.ts", "", "https://h.example/s.ts", ""),
        ),
        (b"../\xe5.ts", ("https://cdn.example/%E5.ts", "", "../%E5.ts", "")),
        (b"s?u={$t}", (FOLDER + "s?u=SECRET", "", "s?u=t", FOLDER + "s?u=t")),
    ],
)
def test_find_expands_and_resolves(
    finder: Finder, written: bytes, found: tuple[str, str, str, str]
) -> None:
    """The written form stays, without fragment and secrets, in ASCII."""
    assert finder.find(written) == found
    assert finder.unread == 0


@pytest.mark.parametrize(
    ("written", "unread"),
    [
        (b"", 0),
        (b" \t", 0),
        (b"{$empty}", 0),
        (b"data:text/plain,x", 0),
        (b"SKD://key", 0),
        (b"urn:uuid:1", 0),
    ],
)
def test_find_ignores_what_no_player_fetches(
    finder: Finder, written: bytes, unread: int
) -> None:
    """It counts as understood."""
    assert finder.find(written) is None
    assert finder.unread == unread


@pytest.mark.parametrize(
    "written",
    [
        *(b"http://%65vil.example/x", b" http:///evil.example/a.ts"),
        *(b"{$none}/s.ts", b"rtmp://h/x", b"http://[bad/x"),
    ],
)
def test_what_only_browsers_understand_leads_nowhere(
    finder: Finder, written: bytes
) -> None:
    """It gets a local name that leads nowhere, and counts as not understood."""
    found = finder.find(written)
    assert found is not None
    assert found.url.endswith(".invalid/")
    assert finder.unread == 1


@pytest.mark.parametrize(
    ("written", "absolute"),
    [
        ("a.json", False),
        ("/a.json", False),
        ("//h/a.json", True),
        ("https://h/a.json", True),
        ("a?https://h", False),
    ],
)
def test_a_reference_with_a_host_is_absolute(written: str, *, absolute: bool) -> None:
    """Such references mean the same in any document."""
    assert Understood("https://h/a.json", "", written).is_absolute is absolute


@pytest.mark.parametrize(
    ("written", "playlist"),
    [
        ("https://h/a.m3u8", True),
        ("https://h/a.M3U?x", True),
        ("https://h/a.m3u8/s.ts", False),
        ("https://h/s.ts?x=a.m3u8", False),
        ("https://h.m3u8", False),
        ("../a.m3u", True),
        ("?a.m3u8", False),
    ],
)
def test_a_playlist_is_recognised_by_the_end_of_its_path(
    written: str, *, playlist: bool
) -> None:
    """Host and query do not matter."""
    assert Understood("https://h/i.m3u8", "", written).is_playlist is playlist

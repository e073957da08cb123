"""One load of a media playlist, as far as it shows what names mean now."""

import re

import pytest

from proxy.core.hls.continuity import Moment
from proxy.core.hls.names import Marks, Volatile
from proxy.core.hls.playlist import Document, rewrite
from proxy.core.kind import Kind
from proxy.localise.draft import Local
from proxy.localise.editions import Edition
from proxy.localise.folders import Folder
from proxy.localise.listing import Listing, Sheet
from proxy.localise.playlist_load import PlaylistLoad

SIGNED = Marks(volatile=Volatile(frozenset({"sig"}), (re.compile(r"(?<=/)~\w+"),)))
LIVE = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n"
ENDED = LIVE + b"#EXT-X-ENDLIST\n"


def seen(url: str, body: bytes = ENDED, **fields: str) -> PlaylistLoad:
    """Return a load of a playlist whose segment is at the URL."""
    facts = rewrite(body, Document("https://cdn.example/i.m3u8"), lambda _: None)
    sheet = Sheet(Kind.SEGMENT, "720p/index.m3u8", depth=1, urls={"720p/a.ts": url})
    folder = Folder("720p", "ts")
    local = Local(
        facts=facts,
        folder=folder,
        listing=Listing.of([sheet]),
        ladder=None,
        edition=Edition(),
        clashes=0,
        refused={},
    )
    return PlaylistLoad.of(
        local, at=Moment(9, 90), headers=fields, source="s", marks=SIGNED
    )


@pytest.mark.parametrize(
    ("url", "counts"),
    [
        ("https://cdn.example/a.ts", True),
        ("HTTPS://CDN.example:443/a.ts?quality=1", True),
        ("https://cdn.example/a.ts?sig=1", False),
        ("https://cdn.example/~1/a.ts", False),
    ],
)
def test_validators_count_unless_urls_are_signed_at_each_load(
    url: str, *, counts: bool
) -> None:
    """Otherwise they change with the signatures. A live playlist's never count."""
    assert bool(seen(url, ETag='"1"').validators) is counts
    assert not seen(url, LIVE, ETag='"1"').validators


def test_a_version_is_as_old_as_its_upstream_says() -> None:
    """On both clocks; no other header field is kept."""
    one = seen("https://cdn.example/a.ts", LIVE, Age="3", ETag='"1"', Server="x")
    assert one.headers == (("Age", "3"),)
    version = one.version()
    assert version.at == Moment(6, 87)
    assert (version.window.first, version.window.end) == (0, 1)
    assert (version.target_seconds, version.ended, version.source) == (4, False, "s")


def test_a_playlist_may_have_no_target_duration() -> None:
    """Then the usual one is assumed."""
    assert seen("https://cdn.example/a.ts", b"#EXTM3U\n").target_seconds == 6

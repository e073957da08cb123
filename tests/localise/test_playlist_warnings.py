"""What an operator should know about a playlist; reported once each."""

import pytest

from proxy.core.hls.names import Volatile
from proxy.events.playlist_warning import PlaylistWarned, PlaylistWarning
from proxy.localise.playlist_warnings import PlaylistWarnings
from tests.streams.built import built
from tests.streams.origin import Origin

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n"


@pytest.mark.parametrize(
    ("lines", "warning"),
    [
        ('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://k"\ns.ts\n', PlaylistWarning.DRM),
        ("https://elsewhere.example/s.ts\n", PlaylistWarning.ADDRESS),
        ("s.ts?e=1\n#EXTINF:4,\ns.ts?e=2\n", PlaylistWarning.CLASH),
        ("{$nothing}.ts\n", PlaylistWarning.UNREAD),
    ],
)
async def test_a_warning_is_reported_once(
    upstream: Origin, lines: str, warning: PlaylistWarning
) -> None:
    """However often the playlist is loaded."""
    upstream.says("/v.m3u8", HEAD + lines)
    volatile = Volatile(frozenset({"e"}))
    async with built(f"{upstream.url}/v.m3u8", volatile=volatile) as one:
        for _ in range(3):
            await one.playlist()
    assert one.warnings.count((warning, "index.m3u8")) == 1
    # A reference that cannot be read also counts as a forbidden address.
    assert {told for told, _ in one.warnings} <= {warning, PlaylistWarning.ADDRESS}


async def test_signed_byte_ranges_with_one_name_are_not_a_warning(
    upstream: Origin,
) -> None:
    """Here one name for one file is right."""
    ranges = "#EXT-X-BYTERANGE:9@0\ns.ts?e=1\n#EXT-X-BYTERANGE:9@9\ns.ts?e=2\n"
    upstream.says("/v.m3u8", HEAD + ranges)
    volatile = Volatile(frozenset({"e"}))
    async with built(f"{upstream.url}/v.m3u8", volatile=volatile) as one:
        await one.playlist()
    assert one.warnings == []


def test_a_stream_over_its_limits_is_reported_once() -> None:
    """With the setting, for all its playlists and selections."""
    told: list[PlaylistWarned] = []
    warnings = PlaylistWarnings("lobby", told.append)
    for path in ("a", "b"):
        warnings.full(path, "raise it")
        warnings.crowded("wait")
    warnings.full("b", "add it")
    assert told == [
        PlaylistWarned("lobby", PlaylistWarning.FULL, "a", "raise it"),
        PlaylistWarned("lobby", PlaylistWarning.CROWDED, "index.m3u8", "wait"),
        PlaylistWarned("lobby", PlaylistWarning.FULL, "b", "add it"),
    ]


def test_forbidden_origins_are_named() -> None:
    """Each once, only a few, and none if a token is the reason."""
    told: list[PlaylistWarned] = []
    warnings = PlaylistWarnings("lobby", told.append)
    refused = {str(number): f"https://{number % 7}.test" for number in range(100)}
    warnings.tell(
        PlaylistWarning.ADDRESS, "index.m3u8", {"a": "https://b.test", "c": ""}
    )
    warnings.tell(PlaylistWarning.ADDRESS, "other", refused)
    warnings.tell(PlaylistWarning.UNSTEERED, "index.m3u8")
    some = ", ".join(f"https://{number}.test" for number in range(5))
    assert told == [
        PlaylistWarned(
            "lobby", PlaylistWarning.ADDRESS, "index.m3u8", "https://b.test"
        ),
        PlaylistWarned("lobby", PlaylistWarning.ADDRESS, "other", some),
        PlaylistWarned("lobby", PlaylistWarning.UNSTEERED, "index.m3u8"),
    ]

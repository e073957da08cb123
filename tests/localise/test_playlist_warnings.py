"""What an operator should know about a playlist; told once for each."""

import pytest

from proxy.core.hls.names import Volatile
from proxy.localise.playlist_warnings import Oddities, Oddity
from tests.streams.built import built
from tests.streams.origin import Origin

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n"


@pytest.mark.parametrize(
    ("lines", "oddity"),
    [
        ('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://k"\ns.ts\n', Oddity.DRM),
        ("https://elsewhere.example/s.ts\n", Oddity.ADDRESS),
        ("s.ts?e=1\n#EXTINF:4,\ns.ts?e=2\n", Oddity.CLASH),
        ("{$nothing}.ts\n", Oddity.UNREAD),
    ],
)
async def test_an_oddity_is_told_once(
    upstream: Origin, lines: str, oddity: Oddity
) -> None:
    """However often the playlist is loaded."""
    upstream.says("/v.m3u8", HEAD + lines)
    volatile = Volatile(frozenset({"e"}))
    async with built(f"{upstream.url}/v.m3u8", volatile=volatile) as one:
        for _ in range(3):
            await one.playlist()
    assert one.oddities == [(oddity, "index.m3u8")]


async def test_byte_ranges_that_are_signed_each_are_not_odd(upstream: Origin) -> None:
    """One name for one file is right then."""
    ranges = "#EXT-X-BYTERANGE:9@0\ns.ts?e=1\n#EXT-X-BYTERANGE:9@9\ns.ts?e=2\n"
    upstream.says("/v.m3u8", HEAD + ranges)
    volatile = Volatile(frozenset({"e"}))
    async with built(f"{upstream.url}/v.m3u8", volatile=volatile) as one:
        await one.playlist()
    assert one.oddities == []


def test_the_origins_that_are_not_allowed_are_named() -> None:
    """Each once, a few of them, and none where a token is the reason."""
    told: list[tuple[Oddity, str, str]] = []
    oddities = Oddities(lambda *event: told.append(event))
    refused = {str(number): f"https://{number % 7}.test" for number in range(100)}
    oddities.tell(Oddity.ADDRESS, "index.m3u8", {"a": "https://b.test", "c": ""})
    oddities.tell(Oddity.ADDRESS, "other", refused)
    oddities.tell(Oddity.UNSTEERED, "index.m3u8")
    some = ", ".join(f"https://{number}.test" for number in range(5))
    assert told == [
        (Oddity.ADDRESS, "index.m3u8", "https://b.test"),
        (Oddity.ADDRESS, "other", some),
        (Oddity.UNSTEERED, "index.m3u8", ""),
    ]

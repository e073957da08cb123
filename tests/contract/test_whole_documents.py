"""The contract of documents: each kind through a real stream, byte for byte."""

from contextlib import AbstractAsyncContextManager

import pytest

from proxy.core.tokens.placing.placement import Header
from proxy.events.playlist_warning import PlaylistWarning
from tests.streams.built import Built, built
from tests.streams.network import Network

ENTRY = "https://a.example/m/index.m3u8"
HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
LADDER = (
    '#EXTM3U\n#EXT-X-DEFINE:NAME="h",VALUE="https://a.example/s"\n'
    '#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.chapters",URI="c.json",FORMAT=JSON\n'
    '#EXT-X-SESSION-DATA:DATA-ID="b",VALUE="https://a.example/x?URI=1"\n'
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="En",LANGUAGE="en",URI="en.m3u8"\n'
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="De",LANGUAGE="de",URI="de.m3u8"\n'
    '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="CC",INSTREAM-ID="CC1"\n'
    "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,RESOLUTION=640x360,URI=if.m3u8\n"
    "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=9000,RESOLUTION=160x90,URI=img.m3u8\n"
    '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,AUDIO="a",SUBTITLES="s"\n'
    "low.m3u8\n"
)
# No line feed: the network would call a text with one a playlist.
CHAPTERS = b'[ {"images": [{"url": "https://a.example/1.jpg"}], "start-time": 1.50}]'
VTT = b"WEBVTT\rX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\r"
ELSEWHERE = {"https://a.example/s/2.ts": b"\0two"}
ID3 = b"ID3\x04\x00com.apple.streaming.transportStreamTimestamp\x00" + bytes(8)


FOLDERS = {
    "low": "360p-800k",
    "en": "audio-en",
    "de": "subs-de",
    "if": "iframes-360p-90k",
    "img": "images-90p-9k",
}


def cold(**pages: bytes) -> AbstractAsyncContextManager[Built]:
    """Return a new stream of the ladder and these pages, with nothing loaded."""
    named = {f"https://a.example/m/{name}": body for name, body in pages.items()}
    playlists = {f"{url}.m3u8": body for url, body in named.items()}
    site = {ENTRY: LADDER.encode(), **named, **playlists, **ELSEWHERE}
    return built(ENTRY, placement=Header("X-Token"), network=Network(site.get))


@pytest.mark.parametrize(
    ("name", "lines", "last", "body"),
    [
        ("low", "#EXTINF:4,\n#EXT-X-GAP\n1.ts\n#EXTINF:4,\n2.ts\n", "2.ts", b"\0media"),
        (
            "low",
            (
                '#EXT-X-MAP:URI="f.mp4",BYTERANGE="616@0"\n'
                "#EXTINF:4,\n#EXT-X-BYTERANGE:100@616\nf.mp4\n"
                "#EXTINF:4,\n#EXT-X-BYTERANGE:200\nf.mp4\n"
            ),
            "f.mp4",
            b"\0media",
        ),
        ("en", "#EXTINF:4,\na.aac\n", "a.aac", ID3),
        ("de", "#EXTINF:4,\na.vtt\n", "a.vtt", VTT),
        (
            "if",
            "#EXT-X-I-FRAMES-ONLY\n#EXTINF:2,\n#EXT-X-BYTERANGE:9@376\n1.ts\n",
            "1.ts",
            b"\0media",
        ),
        (
            "img",
            (
                "#EXT-X-IMAGES-ONLY\n#EXTINF:4,\n"
                "#EXT-X-TILES:RESOLUTION=160x90,LAYOUT=5x4,DURATION=4\n1.jpg\n"
            ),
            "1.jpg",
            b"\xff\xd8jpeg",
        ),
        (
            "low",
            (
                "#EXT-X-CUE-OUT:30\n#EXT-OATCLS-SCTE35:/DAlAAAAAAAAAP==\n"
                '#EXT-X-DATERANGE:ID="a",X-AD-URL="https://t.example/",SCTE35-OUT=0xFC\n'
                "#EXT-X-CUSTOM-URI:https://t.example/b\n#EXTINF:4,\n1.ts\n"
            ),
            "1.ts",
            b"\0media",
        ),
    ],
    ids=["gap", "ranges", "packed", "subtitles", "iframes", "images", "vendors"],
)
async def test_a_document_that_needs_no_change_stays_the_same(
    name: str, lines: str, last: str, body: bytes
) -> None:
    """Neither the playlist, requested only by its name, nor its resources."""
    async with cold(**{name: (HEAD + lines).encode(), last: body}) as one:
        folder = FOLDERS[name]
        assert await one.playlist(f"{folder}/index.m3u8") == HEAD + lines
        assert await one.media(f"{folder}/{last}") == (200, body)


async def test_only_the_references_of_a_ladder_change() -> None:
    """Session data is passed on unchanged, with the addresses in it."""
    async with cold(**{"c.json": CHAPTERS}) as one:
        said = await one.playlist()
        changed = [
            (old.partition("URI=")[2] or old, new.partition("URI=")[2] or new)
            for old, new in zip(LADDER.splitlines(), said.splitlines(), strict=True)
            if old != new
        ]
        assert [new for _, new in changed[1:]] == [
            f'"{folder}/index.m3u8"'
            for folder in ("audio-en", "subs-de", "iframes-360p-90k", "images-90p-9k")
        ] + ["360p-800k/index.m3u8"]
        chapters = changed[0][1].split('"')[1]
        assert chapters.startswith("common/c-")
        assert await one.media(chapters) == (200, CHAPTERS)


@pytest.mark.parametrize("delta", [False, True])
async def test_c9_an_import_finds_its_parent_after_a_restart(*, delta: bool) -> None:
    """Even if a delta update is requested first."""
    full = f'{HEAD}#EXT-X-DEFINE:IMPORT="h"\n'
    skip = "#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n" if delta else "#EXTINF:4,\n{$h}/1.ts\n"
    last = "#EXTINF:4,\n{$h}/2.ts\n"
    pages = {
        "low": (full + "#EXTINF:4,\n{$h}/1.ts\n" + last).encode(),
        "low.m3u8?_HLS_skip=YES": (full + skip + last).encode(),
    }
    async with cold(**pages) as one:
        query = "_HLS_skip=YES" if delta else ""
        said = await one.playlist("360p-800k/index.m3u8", query)
        assert said.startswith(full)
        assert "{$" not in said
        name = said.splitlines()[-1]
        assert await one.media(f"360p-800k/{name}") == (200, b"\0two")


@pytest.mark.parametrize(
    "key",
    [
        'METHOD=SAMPLE-AES,URI="skd://k?a=1",KEYFORMAT="com.apple.streamingkeydelivery"',
        (
            'METHOD=SAMPLE-AES-CTR,URI="data:text/plain;base64,AAAA,=="'
            ',KEYFORMAT="urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"'
        ),
        'METHOD=AES-128,URI="urn:key:1",KEYFORMAT="com.example.drm"',
    ],
)
async def test_identifiers_of_drm_stay_and_are_reported_once(key: str) -> None:
    """They are for the player's DRM system, which is not proxied."""
    lines = f"{HEAD}#EXT-X-KEY:{key}\n#EXTINF:4,\n1.ts\n"
    async with cold(low=lines.encode()) as one:
        for _ in range(2):
            assert await one.playlist("360p-800k/index.m3u8") == lines
        assert one.warnings == [(PlaylistWarning.DRM, "360p-800k/index.m3u8")]

"""Origins with many playlists."""

from tests.streams.origin import Origin
from tests.streams.signing import MEDIA


def many(
    upstream: Origin, *, renditions: int = 0, lists: int = 0, status: int = 200
) -> None:
    """Let the origin have many documents that may list anything; the last has a key."""
    entry = "#EXTM3U\n" + "".join(
        f"#EXT-X-STREAM-INF:BANDWIDTH={n}000,RESOLUTION=1x{n}\nv{n}.m3u8\n"
        for n in range(1, renditions + 1)
    )
    dates = "".join(
        f'#EXT-X-DATERANGE:ID="{n}",START-DATE="2026-01-01T00:00:00Z",'
        f'X-ASSET-LIST="{upstream.url}/list{n}.json"\n'
        for n in range(lists)
    )
    media = MEDIA.format(sign="")
    media = media.replace("#EXT-X-ENDLIST\n", f"{dates}#EXT-X-ENDLIST\n")
    upstream.says("/v.m3u8", entry if renditions else media)
    for n in range(1, renditions + 1):
        key = f'#EXT-X-KEY:METHOD=AES-128,URI="k{n}"\n#EXTINF:4,'
        upstream.says(f"/v{n}.m3u8", media.replace("#EXTINF:4,", key))
        upstream.says(f"/k{n}", b"0123456789abcdef")
    for n in range(lists):
        upstream.says(f"/list{n}.json", '{"ASSETS":[]}', status=status)

"""An origin that may sign the URLs that it lists."""

from tests.streams.origin import Origin

ENTRY = (
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360\nlow.m3u8{sign}\n"
)


MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts{sign}\n#EXT-X-ENDLIST\n"


SEGMENT = "360p-800k/s1.ts"


def plain(upstream: Origin) -> None:
    """Let the origin list children that need no signature."""
    upstream.says("/v.m3u8", ENTRY.format(sign=""))
    upstream.says("/low.m3u8", MEDIA.format(sign=""))
    upstream.says("/s1.ts", b"\0media", kind="video/mp2t")

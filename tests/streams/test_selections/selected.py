"""Playlists in the languages that players select."""

LANG = frozenset({"lang"})
VARIANT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080\n{}\n"
MEDIA = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
    '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:4,\ns1.ts\n'
)


def listed(playlist: str) -> list[str]:
    """Return the lines with URIs."""
    return [line for line in playlist.splitlines() if not line.startswith("#")]

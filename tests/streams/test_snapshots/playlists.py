"""Live playlists, and the replies that contain them."""

from proxy.replies import PlayerAsk, PlaylistReply
from tests.streams.built import Built

KEPT = 1 << 20
LIVE = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\ns1.ts\n"
LADDER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nlow.m3u8\n"


async def reply(
    one: Built, path: str = "index.m3u8", *, query: str = "", base: str = ""
) -> PlaylistReply:
    """Return a playlist with everything that the web layer learns about it."""
    asked = PlayerAsk("GET", query, {}, base or "http://127.0.0.1:8080")
    found = await one.stream.open(path, asked)
    assert isinstance(found, PlaylistReply)
    return found


def said(found: PlaylistReply) -> str:
    """Return what Cache-Status says, without our name."""
    assert found.cache is not None
    return found.cache.line.partition("; ")[2]

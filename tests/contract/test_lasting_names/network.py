"""Playlists of m.example, and platforms that sign their URLs."""

from collections.abc import Mapping

from proxy.replies import DocumentReply, MediaReply, PlaylistReply
from tests.streams.built import Built, ask
from tests.streams.network import Moved, Network

ENTRY = "https://m.example/v.m3u8"
HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
KEY = '#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/k?id=1"\n'
MEDIA = f"{HEAD}{KEY}#EXTINF:4,\ns1.ts\n#EXTINF:4,\nhttps://o.example/s2.ts?q=1\n"
LADDER = (
    "#EXTM3U\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360\nlow.m3u8?v=1\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1280x720\nhigh.m3u8?v=1\n"
)
LOW, HIGH = "360p-800k/index.m3u8", "720p-3000k/index.m3u8"


def bare(url: str) -> str:
    """Return the URL without its query."""
    return url.partition("?")[0]


def lines(playlist: str) -> list[str]:
    """Return the URI lines."""
    return [line for line in playlist.splitlines() if not line.startswith("#")]


def serving(pages: Mapping[str, bytes | Moved]) -> Network:
    """Return a network with these pages, for any query; everything else is media."""
    return Network(lambda url: pages.get(bare(url), b"\0media, 16 bytes"))


def network(**playlists: str) -> Network:
    """Return a network with these playlists on m.example."""
    return serving(
        {
            f"https://m.example/{name}.m3u8": text.encode()
            for name, text in playlists.items()
        }
    )


async def heard(one: Built, path: str) -> bytes:
    """Return the stream's answer for the path, whatever it is."""
    reply = await one.stream.open(path, ask())
    if isinstance(reply, PlaylistReply | DocumentReply):
        return reply.body
    assert isinstance(reply, MediaReply)
    async with reply.answer as body:
        return b"".join([chunk async for chunk in body.chunks()])

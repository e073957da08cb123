"""Everything below one entry: each selection has its own."""

from tests.streams.built import built
from tests.streams.network import Network

ENTRY = "https://m.example/v.m3u8"


async def test_presentations_share_only_the_stream() -> None:
    """Each has its own names, and all use one upstream."""
    text = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n"
    network = Network(lambda _: text)
    async with built(ENTRY, network=network, passing=frozenset({"lang"})) as one:
        for query in ("", "lang=de", "lang=en"):
            await one.playlist(query=query)
        catalogs = one.stream.catalogs
    assert len(set(map(id, catalogs))) == len(catalogs) == 3
    assert [url.partition("?")[2] for url in network.asked] == [
        "token=TOKEN-1",
        "lang=de&token=TOKEN-1",
        "lang=en&token=TOKEN-1",
    ]

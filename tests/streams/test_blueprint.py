"""The configured values of a stream, and what follows from them."""

from proxy.core.tokens.placing.placement import Query
from tests.streams.built import built
from tests.streams.network import Network

ENTRY = "https://m.example/v.m3u8"
MEDIA = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n"


async def test_the_entry_has_no_token() -> None:
    """A token in the configured URL is not the current one."""
    async with built(f"{ENTRY}?token=OLD", placement=Query("token")) as one:
        assert "OLD" not in one.blueprint.entry


async def test_a_closed_stream_keeps_no_playlists() -> None:
    """Stores are shared by all streams, and have a limit."""
    network = Network(lambda _: MEDIA)
    async with built(ENTRY, network=network, snapshot_bytes=100_000) as one:
        await one.playlist()
        assert len(one.blueprint.caches.snapshots.kept) == 1
    assert not one.blueprint.caches.snapshots.kept

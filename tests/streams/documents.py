"""Documents without a disk, and kept playlists to put into them."""

import asyncio
import math
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.hls.playlist import Rewritten
from proxy.core.http.offline import Confirmation
from proxy.streams.kept_playlist import KeptPlaylist

VOD = (
    b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n#EXTINF:4,\ns2.ts\n"
    b"#EXT-X-ENDLIST\n"
)
LADDER = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n1k/index.m3u8\n"


@dataclass(slots=True)
class Disk:
    """Documents by name, with the writes of each, and faults."""

    files: dict[str, bytes] = field(default_factory=dict)
    _: KW_ONLY
    writes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    full: bool = False
    going_on: asyncio.Event | None = None
    """If there is one, nothing is written before it is set."""

    async def put(self, name: str, data: bytes) -> bool:
        """Keep a document."""
        if self.going_on is not None:
            await self.going_on.wait()
        if self.full:
            return False
        self.writes.append(name)
        self.files[name] = data
        return True

    async def get(self, name: str) -> bytes | None:
        """Return a document."""
        self.reads.append(name)
        return self.files.get(name)

    def remove(self, name: str) -> None:
        """Drop a document."""
        self.files.pop(name, None)


def kept(
    at: float = 1_800_000_000.0,
    body: bytes = VOD,
    *,
    fresh_seconds: float = math.inf,
    validators: str = "",
) -> KeptPlaylist:
    """Return a playlist that was confirmed at this time."""
    facts = Rewritten(
        body,
        multivariant=b"STREAM-INF" in body,
        ended=b"ENDLIST" in body,
        target_duration=4.0 if b"TARGET" in body else None,
        segments=body.count(b"#EXTINF"),
    )
    fields = (("Cache-Control", "max-age=60"),) if fresh_seconds == 60 else ()
    return KeptPlaylist(
        facts,
        fields,
        confirmed=Confirmation(at, fresh_seconds),
        source="source",
        validators=validators,
    )

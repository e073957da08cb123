"""Small documents on a disk, by name. These are kept playlists."""

import asyncio

from proxy.store.content import Content
from proxy.store.record import file_name
from proxy.store.records import Records


class Documents:
    """Documents that survive a restart. Each is either complete or absent."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def put(self, name: str, data: bytes) -> bool:
        """Keep a document, or replace the one of that name; return False on failure.

        When this returns True, the document is on the disk. If the same document is
        there already, it is not written again. If several are put under one name at the
        same time, the last one is kept. Cancelling the caller does not stop the
        writing.
        """
        label, body = {"document": name}, Content.of(data)
        return await asyncio.shield(
            self._records.put(file_name("document", name), label, body)
        )

    async def get(self, name: str) -> bytes | None:
        """Return a document; None if it is missing or damaged."""
        opened = await self._records.open(file_name("document", name))
        if opened is None or opened.label != {"document": name}:
            return None
        content = opened.content
        return await self._records.background.read(content.read, 0, content.size)

    def remove(self, name: str) -> None:
        """Drop a document."""
        self._records.remove(file_name("document", name))

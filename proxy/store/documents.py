"""Small documents on a disk, by name: kept playlists."""

import asyncio

from proxy.store.content import Content
from proxy.store.record import file_name
from proxy.store.records import Records


class Documents:
    """Documents that survive a restart. One is whole, or is not there."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def put(self, name: str, data: bytes) -> bool:
        """Keep a document, instead of one of that name; False if it was not written.

        When this returns True, it is on the disk. A document that is there already is
        not written again. When many are put at once, the last one is kept. A caller
        that is cancelled does not stop the writing.
        """
        label, body = {"document": name}, Content.of(data)
        return await asyncio.shield(
            self._records.put(file_name("document", name), label, body)
        )

    async def get(self, name: str) -> bytes | None:
        """Return a document; None if there is none that is whole."""
        opened = await self._records.open(file_name("document", name))
        if opened is None or opened.label != {"document": name}:
            return None
        content = opened.content
        return await self._records.background.read(content.read, 0, content.size)

    def remove(self, name: str) -> None:
        """Drop a document."""
        self._records.remove(file_name("document", name))

"""The bytes of a kept resource as the body of an answer."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from proxy.core.http.framing import Framing
from proxy.store.port import Kept

SLICE_BYTES = 256 * 1024
"""How many bytes to read at once on systems that cannot send from a file."""


class KeptBody:
    """A part of a kept resource, by default all of it.

    The resource is in use while the body is entered as a context. The web layer knows
    this type: it sends the bytes directly from memory or from the file, without reading
    them in slices.
    """

    framing = Framing.LENGTH
    held = False

    def __init__(self, kept: Kept, start: int = 0, end: int | None = None) -> None:
        self.kept = kept
        self.start = start
        """The position of the first byte."""
        self.end = kept.size if end is None else end
        """The position after the last byte."""

    @property
    def content_length(self) -> int:
        """The length in bytes."""
        return self.end - self.start

    @property
    def data(self) -> bytes | None:
        """All its bytes, if the resource is kept as bytes. The whole is not copied."""
        data = self.kept.body
        return None if data is None else data[self.start : self.end]

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes in slices."""
        for start in range(self.start, self.end, SLICE_BYTES):
            yield self.kept.read(start, min(start + SLICE_BYTES, self.end))

    async def __aenter__(self) -> Self:
        self.kept.__enter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kept.__exit__(kind, error, trace)

"""The outcome of a playlist's last load is kept, without its data."""

import gc
import tracemalloc

import pytest

from proxy.errors import (
    BadAnswerError,
)
from tests.streams.built import built
from tests.streams.origin import Origin


async def test_a_kept_failure_keeps_no_data(
    upstream: Origin,
) -> None:
    """A thousand members of a family may each keep one."""
    size = 4_000_000
    upstream.says("/v.m3u8", "#EXTM3U\n" + "#" * size)
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(BadAnswerError):
            await one.playlist()
        gc.collect()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            await one.clock.advance(1.0)
            with pytest.raises(BadAnswerError):
                await one.playlist()
            await one.clock.advance(60.0)  # work that only waits for its time has ended
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] - before < size / 4
        finally:
            tracemalloc.stop()
    assert upstream.count("/v.m3u8") == 2

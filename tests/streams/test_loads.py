"""How the last load of a playlist went is kept, and nothing of what came."""

import gc
import tracemalloc

import pytest

from proxy.errors import (
    BadAnswerError,
)
from tests.streams.built import built
from tests.streams.origin import Origin


async def test_a_failure_that_is_kept_keeps_nothing_of_what_came(
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
            await one.clock.advance(60.0)  # what only waits for its time is over
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] - before < size / 4
        finally:
            tracemalloc.stop()
    assert upstream.count("/v.m3u8") == 2

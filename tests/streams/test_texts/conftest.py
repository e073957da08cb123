"""A stream with a token."""

from collections.abc import AsyncIterator

import pytest

from tests.streams.built import Built, built
from tests.streams.origin import Origin
from tests.streams.test_texts.texts import MEDIA, TOKENS


@pytest.fixture
async def one(upstream: Origin) -> AsyncIterator[Built]:
    """Build a stream with a token, and load its playlist."""
    upstream.says("/v.m3u8", MEDIA)
    url = f"{upstream.url}/v.m3u8"
    async with built(url, everything=True, keeper=TOKENS) as one:
        await one.playlist()
        yield one

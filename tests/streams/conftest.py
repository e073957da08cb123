"""The origin that the tests of streams ask."""

from collections.abc import AsyncIterator

import pytest

from tests.streams.origin import Origin, origin


@pytest.fixture
async def upstream() -> AsyncIterator[Origin]:
    """Run an origin for the test."""
    async with origin() as one:
        yield one

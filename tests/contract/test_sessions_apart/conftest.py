"""An origin for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.streams.origin import Origin, origin


@pytest.fixture
async def home() -> AsyncIterator[Origin]:
    """Run an origin."""
    async with origin() as one:
        yield one

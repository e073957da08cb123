"""The source `static`."""

import pytest

from proxy.errors import SourceError
from proxy.tokens.sources.static import StaticSource
from tests.fake_clock import FakeClock


async def test_all_fields_are_returned(clock: FakeClock) -> None:
    """CloudFront needs three of them."""
    fields = {"policy": "p", "signature": "s", "key_pair_id": "k"}
    token = await StaticSource(fields, clock=clock).fetch()
    assert (token.fields, token.expires_at) == (fields, None)


async def test_it_expires_as_configured(clock: FakeClock) -> None:
    """It is not used afterwards."""
    ends = clock.wall() + 60
    source = StaticSource({"token": "t"}, clock=clock, expires_at=ends)
    assert (await source.fetch()).expires_at == ends
    await clock.jump(60)
    with pytest.raises(SourceError, match="expired"):
        await source.fetch()

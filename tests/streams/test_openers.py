"""Resources are opened as the stream is configured."""

import pytest

from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.storing import store


@pytest.mark.parametrize("redirects", [False, True])
@pytest.mark.parametrize("kept", [False, True])
async def test_kept_resources_are_used_before_the_upstream(
    upstream: Origin, *, kept: bool, redirects: bool
) -> None:
    """Also a key, if media is redirected."""
    media = '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\n#EXTINF:4,\ns.ts\n'
    upstream.says("/v.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n{media}")
    upstream.says("/k.bin", b"k" * 16)
    async with built(
        f"{upstream.url}/v.m3u8",
        store=store() if kept else None,
        redirects=redirects,
    ) as one:
        name = (await one.playlist()).split('URI="')[1].split('"')[0]
        for _ in range(2):
            await one.media(name)
    assert upstream.count("/k.bin") == (1 if kept else 2)

"""An origin that lists the requested language."""

import pytest
from aiohttp import web

from tests.streams.origin import M3U8, Origin
from tests.streams.test_selections.selected import MEDIA, VARIANT


@pytest.fixture
def speaking(upstream: Origin) -> Origin:
    """Return an origin whose entry lists the requested language."""

    def choose(request: web.Request) -> web.Response:
        language = request.query.get("lang", "en")
        return web.Response(
            text=VARIANT.format(f"{language}/v.m3u8"), content_type=M3U8
        )

    upstream.asks("/v.m3u8", choose)
    for language in ("en", "de", "x" * 300):
        upstream.says(f"/{language}/v.m3u8", MEDIA)
        upstream.says(f"/{language}/s1.ts", b"\0" + language.encode())
        upstream.says(f"/{language}/k", language.encode() * 8)
    return upstream

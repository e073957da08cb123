"""Steering: manifests in local terms, by themselves or in a data: URL."""

import base64
import json
from urllib.parse import quote, unquote

import pytest

from proxy.core.tokens.placement import Header
from tests.streams.built import built
from tests.streams.network import Network

ENTRY = "https://a.example/m/index.m3u8"
BARE = Header("X-Token")
"""A placement that leaves URLs as they are."""
LADDER = (
    '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="{}",PATHWAY-ID="A"\n'
    "#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,PATHWAY-ID=A,"
    'STABLE-VARIANT-ID="V1"\nlow.m3u8\n'
)
MANIFEST = json.dumps(
    {
        "TTL": 300,
        "PATHWAY-CLONES": [
            {
                "BASE-ID": "A",
                "ID": "CDN B",
                "URI-REPLACEMENT": {"HOST": "b.example", "PARAMS": {"k": "1"}},
            }
        ],
    }
)
LOCAL = "360p-800k-cdn-b/index.m3u8"


@pytest.mark.parametrize(
    "url",
    [
        f"data:application/json,{quote(MANIFEST)}",
        f"data:;base64,{base64.b64encode(MANIFEST.encode()).decode()}",
    ],
)
async def test_a_manifest_in_the_playlist_is_made_local(url: str) -> None:
    """Its clones are renditions of ours, and no upstream host is left."""
    asked = Network({ENTRY: LADDER.format(url).encode()}.get)
    async with built(ENTRY, placement=BARE, network=asked) as one:
        text = await one.playlist()
        data = text.split('SERVER-URI="data:application/json,')[1].split('"')[0]
        manifest = json.loads(unquote(data))
        assert manifest["PATHWAY-CLONES"][0]["URI-REPLACEMENT"] == {
            "PER-VARIANT-URIS": {"V1": f"http://127.0.0.1:8080/lobby/{LOCAL}"}
        }
        assert "b.example" not in text
        clone = one.catalog.get(LOCAL)
        assert clone is not None
        assert clone.url == "https://b.example/m/low.m3u8?k=1"


@pytest.mark.parametrize("url", ["data:,{", "data:;base64,!", "data:,%ff", "data:"])
async def test_a_manifest_that_is_none_leads_nowhere(url: str) -> None:
    """It stays with us, and the player where it is."""
    asked = Network({ENTRY: LADDER.format(url).encode()}.get)
    async with built(ENTRY, placement=BARE, network=asked) as one:
        assert 'SERVER-URI="common/steering.json"' in await one.playlist()

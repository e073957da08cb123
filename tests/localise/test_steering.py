"""Steering manifests are made local, as documents or in a data: URL."""

import base64
import json
from urllib.parse import quote, unquote

import pytest

from proxy.core.tokens.placing.placement import Header
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
    """Its clones become local renditions, and no upstream host is left."""
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


async def test_variables_are_replaced_in_pathway_ids() -> None:
    """Players compare their IDs with the variables replaced (section 4.3)."""
    ladder = LADDER.replace("#EXTM3U\n", '#EXTM3U\n#EXT-X-DEFINE:NAME="v",VALUE="A"\n')
    ladder = ladder.replace("PATHWAY-ID=A,", 'PATHWAY-ID="{{$v}}",AUDIO="{{$v}}",')
    ladder = ladder.replace('"V1"', '"{{$v}}1"') + (
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="A",NAME="x",STABLE-RENDITION-ID="R{{$v}}",'
        'URI="x.m3u8"\n'
    )
    text = ladder.format(f"data:application/json,{quote(MANIFEST)}").encode()
    async with built(ENTRY, placement=BARE, network=Network({ENTRY: text}.get)) as one:
        data = unquote((await one.playlist()).split("data:application/json,")[1])
        assert '"PER-VARIANT-URIS":{"A1":' in data
        assert '"PER-RENDITION-URIS":{"RA":' in data


@pytest.mark.parametrize("url", ["data:,{", "data:;base64,!", "data:,%ff", "data:"])
async def test_an_invalid_manifest_is_replaced_by_a_local_name(url: str) -> None:
    """The player cannot be led around the proxy."""
    asked = Network({ENTRY: LADDER.format(url).encode()}.get)
    async with built(ENTRY, placement=BARE, network=asked) as one:
        assert 'SERVER-URI="common/steering.json"' in await one.playlist()


@pytest.mark.parametrize(
    ("paths", "clones"),
    [
        (["low"], ["backup-datacenter-eu-west-1", "backup-datacenter-eu-west-2"]),
        (["low"], ["cdn_b", "cdn.b"]),
        (["low"], ["B", "b"]),
        (["low", "high"], ["backup-datacenter-eu-west-1"]),
    ],
)
async def test_each_playlist_of_each_clone_has_its_own_name(
    paths: list[str], clones: list[str]
) -> None:
    """Even if IDs and slugs are alike, or too long for a name."""
    ladder = '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="data:,{}"\n' + "".join(
        "#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080,"
        f'PATHWAY-ID="a-primary",STABLE-VARIANT-ID="{path}"\n{path}.m3u8\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=5000000,PATHWAY-ID="other"\nother.m3u8\n'
        for path in paths
    )
    manifest = {
        "PATHWAY-CLONES": [
            {
                "BASE-ID": "a-primary",
                "ID": clone,
                "URI-REPLACEMENT": {"HOST": f"{number}.example"},
            }
            for number, clone in enumerate(clones)
        ]
    }
    text = ladder.format(quote(json.dumps(manifest))).encode()
    async with built(ENTRY, placement=BARE, network=Network({ENTRY: text}.get)) as one:
        await one.playlist()
        known = [one.catalog.get(path) for path in one.catalog.playlists()]
        assert {resource.url for resource in known if resource} >= {
            f"https://{number}.example/m/{path}.m3u8"
            for number, _ in enumerate(clones)
            for path in paths
        }

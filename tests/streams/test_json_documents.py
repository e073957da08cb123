"""JSON documents: loaded for each player, their names kept for all."""

import json
from dataclasses import replace

import pytest

from proxy.core.http.answers import Statuses
from proxy.core.tokens.placing.placement import Header
from proxy.errors import BadAnswerError, NameUnknownError, StatusError
from proxy.events.playlist_warning import PlaylistWarning
from proxy.replies import DocumentReply, PlaylistReply
from tests.streams.built import LIMITS, Built, Tokens, ask, built
from tests.streams.network import Network
from tests.streams.origin import Origin

ENTRY = "https://a.example/m/index.m3u8"
BARE = Header("X-Token")
"""A placement that leaves URLs as they are."""
LIST = "https://ads.example/list.json?id=1"
AD = "https://ads.example/ad/1.m3u8"
MEDIA = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
    f'#EXT-X-DATERANGE:ID="a",X-ASSET-LIST="{LIST}"\n'
    "#EXTINF:4,\ns.ts\n#EXT-X-ENDLIST\n"
)
ASSETS = json.dumps({"ASSETS": [{"URI": AD, "DURATION": 15.0}]})
SPOT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=90000\nlow.m3u8\n"
STEERED = (
    '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="https://st.example/m.json"\n'
    '#EXT-X-DEFINE:NAME="q",VALUE="x=1"\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,STABLE-VARIANT-ID="V1"\n'
    "low.m3u8\n"
)
CLONED = json.dumps(
    {
        "PATHWAY-CLONES": [
            {"BASE-ID": ".", "ID": "B", "URI-REPLACEMENT": {"HOST": "b.example"}}
        ]
    }
)
CLONE = "360p-800k-b/index.m3u8"
OF_CLONE = (
    '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-DEFINE:IMPORT="q"\n'
    "#EXTINF:4,\ns.ts?{$q}\n#EXT-X-ENDLIST\n"
)
PAGES = {
    ENTRY: MEDIA,
    f"{LIST}&_HLS_primary_id=7": ASSETS,
    LIST: ASSETS,
    AD: SPOT,
    "https://ads.example/ad/low.m3u8": "#EXTM3U\n#EXTINF:4,\nspot.ts\n#EXT-X-ENDLIST\n",
    "https://ads.example/ad/spot.ts": "\0media",
    "https://st.example/m.json": CLONED,
    "https://st.example/m.json?_HLS_pathway=.&_HLS_throughput=5": CLONED,
    "https://b.example/m/low.m3u8": OF_CLONE,
}


def network(**pages: str) -> Network:
    """Return a network of these pages; `entry` and `list` stand for their URLs."""
    named = {"entry": ENTRY, "list": LIST}
    all_ = PAGES | {named[name]: text for name, text in pages.items()}
    encoded = {url: text.encode() for url, text in all_.items()}
    return Network(encoded.get)


def name_in(playlist: str, attribute: str) -> str:
    """Return the local path in an attribute of a playlist."""
    written = playlist.split(f'{attribute}="')[1].split('"', maxsplit=1)[0]
    return written.removeprefix("http://127.0.0.1:8080/lobby/")


async def document(one: Built, path: str, query: str = "") -> str:
    """Return a JSON document as the player gets it."""
    reply = await one.stream.open(path, ask(query))
    assert isinstance(reply, DocumentReply)
    return reply.body.decode()


def asset_in(text: str) -> str:
    """Return the local path of the only asset of a list."""
    uri = json.loads(text)["ASSETS"][0]["URI"]
    assert isinstance(uri, str)
    assert uri.startswith("http://127.0.0.1:8080/lobby/")
    return uri.removeprefix("http://127.0.0.1:8080/lobby/")


async def test_an_interstitial_plays_through_the_proxy() -> None:
    """From its list to its segments, each by a name; a player's query is passed on."""
    asked = network()
    async with built(ENTRY, placement=BARE, network=asked) as one:
        path = name_in(await one.playlist(), "X-ASSET-LIST")
        text = await document(one, path, "_HLS_primary_id=7&token=x&other=1")
        assert "ads.example" not in text
        spot = await one.playlist(asset_in(text))
        low = f"{spot.splitlines()[-1].removeprefix('../')}"
        segments = await one.playlist(low)
        segment = f"{low.rpartition('/')[0]}/{segments.splitlines()[2]}"
        assert await one.media(segment) == (200, b"\0media")
    assert asked.asked[1] == f"{LIST}&_HLS_primary_id=7"
    assert all("token" not in url for url in asked.asked[1:])


async def test_c9_an_interstitial_is_found_again_after_a_restart() -> None:
    """By loading what lists it: the playlist, then its asset list."""
    async with built(ENTRY, placement=BARE, network=network()) as one:
        path = name_in(await one.playlist(), "X-ASSET-LIST")
        asset = asset_in(await document(one, path))
    async with built(ENTRY, placement=BARE, network=network()) as again:
        assert "90k/index.m3u8" in await again.playlist(asset)


@pytest.mark.parametrize("first", ["X-URI", "X-ASSET-LIST"])
@pytest.mark.parametrize("listed", [ASSETS, SPOT])
async def test_a_preload_has_the_type_of_its_target(first: str, listed: str) -> None:
    """In any order, and before the interstitial itself is listed."""
    preload = MEDIA.splitlines(keepends=True)[2].replace(
        "X-ASSET-LIST", 'CLASS="com.apple.hls.preload",X-URI'
    )
    both = MEDIA.replace("#EXTINF", f"{preload}#EXTINF")
    if first == "X-URI":
        both = MEDIA.replace("#EXT-X-DATERANGE", f"{preload}#EXT-X-DATERANGE")
    alone = MEDIA.replace('ID="a",', 'ID="a",CLASS="com.apple.hls.preload",')
    alone = alone.replace("X-ASSET-LIST", "X-URI")
    for entry in (both, alone):
        asked = network(entry=entry, list=listed)
        async with built(ENTRY, placement=BARE, network=asked) as one:
            path = name_in(await one.playlist(), "X-URI")
            reply = await one.stream.open(path, ask())
            assert isinstance(reply, DocumentReply | PlaylistReply)
            assert b"ads.example" not in reply.body
            if entry is both:
                assert path == name_in(await one.playlist(), "X-ASSET-LIST")


async def test_a_list_is_not_shared() -> None:
    """Two players may see different advertisements."""
    asked = network()
    async with built(ENTRY, placement=BARE, network=asked, snapshot_bytes=10**6) as one:
        path = name_in(await one.playlist(), "X-ASSET-LIST")
        for _ in range(2):
            await document(one, path)
    assert asked.asked.count(LIST) == 2


async def test_an_asset_list_may_turn_out_to_be_a_playlist() -> None:
    """Its name stays."""
    async with built(ENTRY, placement=BARE, network=network(list=SPOT)) as one:
        path = name_in(await one.playlist(), "X-ASSET-LIST")
        reply = await one.stream.open(path, ask())
        assert isinstance(reply, PlaylistReply)
        assert b"90k/index.m3u8" in reply.body


@pytest.mark.parametrize("text", ["", "<VAST/>", "[]", '{"ASSETS":[{"URI":'])
async def test_invalid_json_is_not_passed_on(text: str) -> None:
    """It may be full of addresses."""
    async with built(ENTRY, placement=BARE, network=network(list=text)) as one:
        path = name_in(await one.playlist(), "X-ASSET-LIST")
        with pytest.raises(BadAnswerError):
            await document(one, path)


async def test_s3_an_asset_at_a_forbidden_address_is_never_requested() -> None:
    """It gets a name; the operator is notified once."""
    private = json.dumps({"ASSETS": [{"URI": "http://169.254.169.254/a.m3u8"}]})
    asked = network(list=private)
    async with built(ENTRY, placement=BARE, network=asked) as one:
        path = name_in(await one.playlist(), "X-ASSET-LIST")
        asset = asset_in(await document(one, path))
        assert (PlaylistWarning.ADDRESS, path) in one.warnings
        with pytest.raises(NameUnknownError):
            await one.playlist(asset)
    assert not any("169.254" in url for url in asked.asked)


async def test_a_clone_becomes_a_local_rendition() -> None:
    """It uses the variables of the steered playlist."""
    asked = network(entry=STEERED)
    async with built(ENTRY, placement=BARE, network=asked) as one:
        path = name_in(await one.playlist(), "SERVER-URI")
        text = await document(one, path, "_HLS_pathway=.&_HLS_throughput=5")
        assert f"http://127.0.0.1:8080/lobby/{CLONE}" in text
        assert "b.example" not in text
        media = await one.playlist(CLONE)
        segment = f"360p-800k-b/{media.splitlines()[4]}"
        known = one.catalog.get(segment)
        assert known is not None
        assert known.url == "https://b.example/m/s.ts?x=1"
    assert "https://st.example/m.json?_HLS_pathway=.&_HLS_throughput=5" in asked.asked


async def test_a_clone_below_another_playlist_has_that_ones_variables() -> None:
    """They belong to the steered ladder, not to the entry."""
    top = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9000\nm/index.m3u8\n"
    site = network(entry=STEERED).site
    below = Network(lambda url: top if url == "https://a.example/" else site(url))
    async with built("https://a.example/", placement=BARE, network=below) as one:
        await one.playlist()
        path = name_in(await one.playlist("9k/index.m3u8"), "SERVER-URI")
        text = await document(one, path.removeprefix("../"))
        clone = text.split('"V1":"http://127.0.0.1:8080/lobby/')[1].split('"')[0]
        assert "{$q}" not in await one.playlist(clone)


async def test_c9_a_clone_is_found_again_after_a_restart() -> None:
    """By loading the manifest as well, once."""
    asked = network(entry=STEERED)
    async with built(ENTRY, placement=BARE, network=asked) as one:
        assert "#EXT-X-DEFINE" in await one.playlist(CLONE)
        for _ in range(3):
            with pytest.raises(NameUnknownError):
                await one.playlist("360p-800k-c/index.m3u8")
    assert asked.asked.count("https://st.example/m.json") == 1


async def test_clones_without_a_stable_id_are_reported_once() -> None:
    """They play, but cannot be steered."""
    plain = STEERED.replace(',STABLE-VARIANT-ID="V1"', "")
    async with built(ENTRY, placement=BARE, network=network(entry=plain)) as one:
        path = name_in(await one.playlist(), "SERVER-URI")
        for _ in range(2):
            assert "PER-VARIANT-URIS" not in await document(one, path)
        assert one.warnings == [(PlaylistWarning.UNSTEERED, path)]


@pytest.mark.parametrize("status", [410, 429, 500])
async def test_a_steering_servers_refusal_is_passed_on(
    upstream: Origin, status: int
) -> None:
    """410 means stop, 429 means wait: neither is about a token."""
    upstream.says(
        "/v.m3u8",
        '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="/st.json"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n",
    )
    upstream.says("/st.json", "", status=status, Retry_After="9")
    async with built(
        f"{upstream.url}/v.m3u8", everything=True, statuses=Statuses()
    ) as one:
        path = name_in(await one.playlist(), "SERVER-URI")
        with pytest.raises(StatusError) as caught:
            await document(one, path)
        assert caught.value.status == status
        assert ("Retry-After", "9") in caught.value.headers
    assert one.tokens.refusals == 0


async def test_s5_a_repeated_token_is_removed_from_a_document(upstream: Origin) -> None:
    """The URL of an asset stays usable; other text only loses the token."""
    upstream.says("/v.m3u8", MEDIA.replace(LIST, "/list.json?token=SECRET-7"))
    home = f"{upstream.url}/ad.m3u8?a=1&token=TOKEN-1000"
    echo = {"ASSETS": [{"URI": home}], "X-COM": "is TOKEN-1000"}
    upstream.says("/list.json", json.dumps(echo))
    async with built(
        f"{upstream.url}/v.m3u8", everything=True, keeper=Tokens(generation=1000)
    ) as one:
        path = name_in(await one.playlist(), "X-ASSET-LIST")
        text = await document(one, path)
        assert "TOKEN" not in text
        asset = one.catalog.get(asset_in(text))
        assert asset is not None
        assert asset.url == f"{upstream.url}/ad.m3u8?a=1&token="


@pytest.mark.parametrize("past", [0, 1])
async def test_s9_the_size_of_a_document_is_limited(
    upstream: Origin, past: int
) -> None:
    """As that of a playlist."""
    upstream.says("/v.m3u8", MEDIA.replace(LIST, "/list.json"))
    limits = replace(LIMITS, playlist_bytes=300)
    upstream.says("/list.json", ASSETS + " " * (300 - len(ASSETS) + past))
    async with built(f"{upstream.url}/v.m3u8", limits=limits) as one:
        path = name_in(await one.playlist(), "X-ASSET-LIST")
        if past:
            said = "a body of 301 bytes; limits.playlist_bytes allows 300"
            with pytest.raises(BadAnswerError, match=said):
                await document(one, path)
        else:
            assert "ASSETS" in await document(one, path)


async def test_the_fixed_limit_of_a_document_is_named_as_fixed(
    upstream: Origin,
) -> None:
    """No setting helps, so that nobody looks for one."""
    upstream.says("/v.m3u8", MEDIA.replace(LIST, "/list.json"))
    upstream.says("/list.json", ASSETS + " " * (1 << 20))
    async with built(f"{upstream.url}/v.m3u8") as one:
        path = name_in(await one.playlist(), "X-ASSET-LIST")
        with pytest.raises(BadAnswerError, match="; a fixed limit allows 1,048,576"):
            await document(one, path)

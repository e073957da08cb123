"""Makes an upstream playlist local: what goes in decides what comes out."""

from dataclasses import replace

import pytest

from proxy.core.hls.names import Base, Marks
from proxy.core.hls.playlist import Document
from proxy.core.tokens.placement import Query
from proxy.core.tokens.rule import Reach, Rule
from proxy.streams.catalog import Catalog
from proxy.streams.folders import Folder
from proxy.streams.ladder import Ladder
from proxy.streams.localising import Draft, Localiser

D = "https://cdn.example/v/"
ENTRY = f"{D}index.m3u8"
RULE = Rule((Query("token"),), Reach(False, frozenset({"https://cdn.example"})))  # noqa: FBT003
LOCALISER = Localiser(Marks(RULE), lambda _: True, Catalog(ENTRY, limit=100).get)


def draft(body: str, *, path: str = "index.m3u8", query: str | None = None) -> Draft:
    """Return a playlist as it came."""
    return Draft(
        path=path,
        depth=0,
        body=body.encode(),
        document=Document(ENTRY, query),
        base=Base(ENTRY, ENTRY),
        root="http://127.0.0.1:8080/lobby",
        secrets=frozenset({"SECRET-TOKEN"}),
        folder=None,
        listed=Ladder(),
        siblings=Ladder(),
    )


def test_a_multivariant_playlist_brings_its_ladder() -> None:
    """Each playlist it lists has a slug, and no segment is looked for."""
    body = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=64000\nlow.m3u8\n"
    local = LOCALISER.localise(draft(body))
    assert local.ladder is not None
    assert local.ladder.slugs == {f"{D}low.m3u8": "64k"}
    assert local.facts.body.endswith(b"\n64k/index.m3u8\n")


def test_the_first_version_decides_what_segments_are() -> None:
    """Later ones keep to it: a delta does not show the init section."""
    first = LOCALISER.localise(draft('#EXTM3U\n#EXT-X-MAP:URI="i.mp4"\ns\n'))
    assert first.folder == Folder("main", "mp4")
    delta = replace(draft("#EXTM3U\ns\n"), folder=first.folder)
    assert LOCALISER.localise(delta).facts.body.endswith(b".mp4\n")


def test_a_report_is_matched_with_what_the_parent_lists() -> None:
    """A media playlist knows its siblings from above alone."""
    report = '#EXTM3U\n#EXT-X-RENDITION-REPORT:URI="b.m3u8"\n'
    siblings = Ladder({f"{D}b.m3u8": "2k"})
    one = replace(draft(report, path="1k/index.m3u8"), siblings=siblings)
    assert b'URI="../2k/index.m3u8"' in LOCALISER.localise(one).facts.body


def test_s4_a_token_out_of_a_variable_reaches_no_other_origin() -> None:
    """The playlist's own query holds it, and a variable hands it on."""
    body = (
        '#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="t"\n#EXTINF:4,\n'
        "https://ads.example/{$t}/s.ts\n#EXTINF:4,\nhttps://ads.example/s.ts\n"
    )
    local = LOCALISER.localise(draft(body, query="t=SECRET-TOKEN"))
    assert [url for sheet in local.listing.sheets for url in sheet.urls.values()] == [
        "https://ads.example/s.ts"
    ]
    # It is the token that keeps it out: to allow the origin would be no cure.
    assert [*local.refused.values()] == [""]


def test_s5_a_token_in_what_is_no_reference_is_taken_out() -> None:
    """A comment, a fragment, a scheme that we do not know."""
    body = (
        "#EXTM3U\n# for SECRET-TOKEN\n#EXTINF:4,\ns.ts#SECRET-TOKEN\n"
        "#EXTINF:4,\nrtmp://h/SECRET-TOKEN\n"
    )
    local = LOCALISER.localise(draft(body))
    assert local.facts.body == (
        b"#EXTM3U\n# for \n#EXTINF:4,\nmain/s.ts#\n#EXTINF:4,\nrtmp://h/\n"
    )


@pytest.mark.parametrize(
    "manifest", ["%7B", "{%22X%22:NaN}", "{%22X%22:%22%5Cud800%22}", "%FF"]
)
def test_a_steering_manifest_in_a_url_that_is_none_is_closed(manifest: str) -> None:
    """It would lead the player around the proxy."""
    body = (
        "#EXTM3U\n#EXT-X-CONTENT-STEERING:"
        f'SERVER-URI="data:application/json,{manifest}"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n"
    )
    local = LOCALISER.localise(draft(body))
    assert b'SERVER-URI="common/steering.json"' in local.facts.body
    assert not any(
        "common/steering.json" in sheet.urls for sheet in local.listing.sheets
    )

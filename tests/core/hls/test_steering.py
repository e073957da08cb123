"""Steering manifests: clones become URLs, HOST and PARAMS are removed."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.pathways import Member, Pathways
from proxy.core.hls.steering import Steering
from proxy.errors import BadAnswerError

BASE = "https://st.example/a/m.json"
PATHWAYS: Pathways = {
    "A": (
        Member("https://a.test/v1", "v1", "V1", rendition=False),
        Member("https://a.test/v2", "v2", None, rendition=False),
        Member("https://a.test/en", "en", "R1", rendition=True),
    )
}


def steering(pathways: Pathways = PATHWAYS) -> Steering:
    """Return a rewriter of manifests, with names that show their URLs."""
    return Steering(
        BASE,
        pathways,
        name_reload=lambda url: f"P<{url}>",
        name_clone=lambda member, clone, url: f"{clone}/{member.slug}<{url}>",
    )


def clones(*given: Mapping[str, object]) -> list[dict[str, object]]:
    """Return clones as players get them."""
    text = steering().localised(json.dumps({"PATHWAY-CLONES": given}))
    (found,) = json.loads(text).values()
    assert isinstance(found, list)
    return found


def test_a_manifest_keeps_everything_but_addresses() -> None:
    """Version, TTL, order, and unknown members."""
    text = '{"VERSION":1,"TTL":300,"PATHWAY-PRIORITY":["B","A"],"X-COM":{"a":1.50}}'
    assert json.loads(steering().localised(text)) == json.loads(text)


def test_the_next_manifest_is_requested_through_the_proxy() -> None:
    """Wherever the upstream has it; other addresses are removed."""
    text = steering().localised('{"RELOAD-URI":"/s?a=1"}')
    assert json.loads(text) == {"RELOAD-URI": "P<https://st.example/s?a=1>"}
    gone = steering().localised('{"RELOAD-URI":"skd://x"}')
    assert json.loads(gone) == {"RELOAD-URI": ""}


def test_a_clone_of_a_clone_is_one_too() -> None:
    """It is derived from the first clone."""
    first = {"ID": "B", "BASE-ID": "A", "URI-REPLACEMENT": {"HOST": "b.test"}}
    params: dict[str, object] = {"PARAMS": {"x": "1"}}
    second = {"ID": "C", "BASE-ID": "B", "URI-REPLACEMENT": params}
    assert [clone["URI-REPLACEMENT"] for clone in clones(first, second)] == [
        {
            "PER-VARIANT-URIS": {"V1": "B/v1<https://b.test/v1>"},
            "PER-RENDITION-URIS": {"R1": "B/en<https://b.test/en>"},
        },
        {
            "PER-VARIANT-URIS": {"V1": "C/v1<https://b.test/v1?x=1>"},
            "PER-RENDITION-URIS": {"R1": "C/en<https://b.test/en?x=1>"},
        },
    ]


def test_a_clone_of_nothing_leads_nowhere() -> None:
    """Its host would lead players past the proxy."""
    replacement: dict[str, object] = {"HOST": "b.test", "X-A": 1}
    clone = {"ID": "B", "BASE-ID": "Z", "URI-REPLACEMENT": replacement}
    assert clones(clone) == [{**clone, "URI-REPLACEMENT": {"X-A": 1}}]


def test_variants_without_a_stable_id_are_counted() -> None:
    """They keep the base pathway's URL, and play."""
    one = steering()
    clone = {"ID": "B", "BASE-ID": "A", "URI-REPLACEMENT": {"HOST": "b.test"}}
    one.localised(json.dumps({"PATHWAY-CLONES": [clone]}))
    assert one.unsteered == 1


def test_the_total_length_of_clone_urls_is_limited() -> None:
    """Otherwise a manifest of kilobytes could make a ladder of gigabytes."""
    members = tuple(
        Member(f"https://a.test/{n}", f"{n}", f"V{n}", rendition=False)
        for n in range(300)
    )
    made = list[str]()

    def clone(_: Member, __: str, url: str) -> str:
        made.append(url)
        return "x"

    one = Steering(BASE, {"A": members}, name_reload=str, name_clone=clone)
    parameters = {f"p{n}": "x" * 40 for n in range(1000)}
    given = [
        {"ID": f"{n}", "BASE-ID": "A", "URI-REPLACEMENT": {"PARAMS": parameters}}
        for n in range(1000)
    ]
    one.localised(json.dumps({"PATHWAY-CLONES": given}))
    assert 4_000_000 < sum(map(len, made)) < 4_300_000
    assert one.unsteered == 300_000 - len(made)


def test_the_number_of_clones_of_clones_is_limited() -> None:
    """A thousand clones of a thousand playlists are an attack."""
    many = tuple(
        Member(f"https://a.test/{n}", f"v{n}", f"V{n}", rendition=False)
        for n in range(1000)
    )
    clone = {"ID": "B", "BASE-ID": "A", "URI-REPLACEMENT": {"HOST": "b.test"}}
    one = steering({"A": many})
    one.localised(json.dumps({"PATHWAY-CLONES": [clone] * 20}))
    assert one.unsteered == 15_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = st.sampled_from(
    [
        "RELOAD-URI",
        "PATHWAY-CLONES",
        "ID",
        "BASE-ID",
        "URI-REPLACEMENT",
        "HOST",
        "PARAMS",
    ]
)


@given(st.dictionaries(NAMES, JSON | st.lists(st.dictionaries(NAMES, JSON))))
def test_no_manifest_raises_anything_else(manifest: dict[str, object]) -> None:
    """For any wrong values."""
    assert json.loads(steering().localised(json.dumps(manifest))) is not None


@pytest.mark.parametrize(
    "member",
    [
        '"X": "\\ud800"',
        '"\\ud800": 1',
        '"TTL": 1e400',
        (
            '"PATHWAY-CLONES": [{"BASE-ID": "A", "ID": "B", "URI-REPLACEMENT": '
            '{"PARAMS": {"\\udfff": "1"}}}]'
        ),
    ],
)
def test_a_manifest_that_cannot_be_encoded_is_refused(member: str) -> None:
    """It holds half a character, or too large a number."""
    with pytest.raises(BadAnswerError):
        steering().localised(f"{{{member}}}")

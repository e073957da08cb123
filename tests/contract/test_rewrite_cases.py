"""The contract of the rewriter: documents before and after, with `P<u>` as names."""

import json
from pathlib import Path
from typing import Any

import pytest

from proxy.core.hls import asset_list
from proxy.core.hls.pathways import pathways_of
from proxy.core.hls.playlist import Document, Reference, rewrite
from proxy.core.hls.steering import Steering
from proxy.core.http.uri import split

CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__)
    .with_name("hls-cases.jsonl")
    .read_text("utf-8")
    .split("\n")
    if line
]
PLAYLISTS = [case for case in CASES if "kind" not in case]
ASSET_LISTS = [case for case in CASES if case.get("kind") == "asset-list"]
MANIFESTS = [case for case in CASES if case.get("kind") == "steering"]


def test_no_case_is_missing() -> None:
    """The file holds 76 playlists and two JSON documents, each with its own name."""
    assert len(PLAYLISTS) == 76
    assert len(PLAYLISTS + ASSET_LISTS + MANIFESTS) == len(CASES)
    assert len({case["name"] for case in CASES}) == len(CASES) == 78


@pytest.mark.parametrize("case", PLAYLISTS, ids=lambda case: case["name"])
def test_a_playlist_is_rewritten_as_in_its_case(case: dict[str, Any]) -> None:
    """Each reference becomes a name, absolute if the case says so; the rest stays."""
    absolute: set[str] = set()

    def name(reference: Reference) -> str:
        if reference.absolute:
            absolute.add(reference.url)
        return f"P<{reference.url}>"

    coding = "latin-1" if case.get("latin1") else "utf-8"
    document = Document(
        case["base"], split(case["base"]).query, imports=case.get("import", {})
    )
    rewritten = rewrite(case["in"].encode(coding), document, name)

    assert rewritten.body == case["out"].encode(coding)
    assert absolute == set(case.get("absolute", []))


@pytest.mark.parametrize("case", ASSET_LISTS, ids=lambda case: case["name"])
def test_an_asset_list_is_rewritten_as_in_its_case(case: dict[str, Any]) -> None:
    """Byte for byte, except for its URIs."""
    assert case["out"] == asset_list.localised(
        case["in"], case["base"], lambda url: f"P<{url}>"
    )


@pytest.mark.parametrize("case", MANIFESTS, ids=lambda case: case["name"])
def test_a_manifest_is_rewritten_as_in_its_case(case: dict[str, Any]) -> None:
    """Compared as JSON, with the ladder of its multivariant playlist."""
    parent, listed = case["parent"], list[Reference]()
    document = Document(parent["base"], split(parent["base"]).query)
    rewrite(parent["in"].encode(), document, listed.append)
    steering = Steering(
        case["base"],
        pathways_of(listed, lambda reference: reference.url),
        name_reload=lambda url: f"P<{url}>",
        name_clone=lambda _, __, url: f"P<{url}>",
    )
    assert json.loads(steering.localised(case["in"])) == json.loads(case["out"])

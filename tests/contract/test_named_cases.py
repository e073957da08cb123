"""The contract of names: each case through a real stream."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from proxy.core.hls.playlist import is_multivariant, is_playlist
from proxy.core.http import uri
from proxy.core.kind import Kind
from proxy.core.tokens.placing.placement import Header
from proxy.replies import DocumentReply, PlaylistReply
from tests.streams.built import ask, built
from tests.streams.network import Network

CASES = [
    json.loads(line)
    for line in Path(__file__)
    .with_name("hls-cases.jsonl")
    .read_text("utf-8")
    .split("\n")
    if line
]
PLAYLISTS = [case for case in CASES if "kind" not in case]
DOCUMENTS = [case for case in CASES if "kind" in case]
ROOT = "http://127.0.0.1:8080/lobby/"
PARENT = "https://parent.example/top.m3u8"
# A folder and a name; no part begins with a dot or needs an escape.
GRAMMAR = re.compile(r"[a-z0-9-]{1,40}/[A-Za-z0-9_-][A-Za-z0-9._-]*")
RESERVED = {"common/index.m3u8", "main/index.m3u8"}
MOST_BYTES = 200
_REFERENCE = "([A-Za-z0-9._:/-]+)"
_NAMED = re.compile(r"P<([^>]*)>")


def encoded(case: dict[str, Any], field: str) -> bytes:
    """Return a document of a case as bytes; a few lines become a playlist."""
    text: str = case[field]
    body = text.encode("latin-1" if case.get("latin1") else "utf-8")
    whole = "kind" in case or is_playlist(body)
    return body if whole else b"#EXTM3U\n" + body


def parent(case: dict[str, Any]) -> bytes:
    """Return a multivariant playlist that lists the case, with what it imports."""
    variables = case.get("import", {}).items()
    define = "".join(
        f'#EXT-X-DEFINE:NAME="{name}",VALUE="{value}"\n' for name, value in variables
    )
    listed = f"#EXT-X-STREAM-INF:BANDWIDTH=1000\n{case['base']}\n"
    return f"#EXTM3U\n{define}{listed}".encode()


def references(case: dict[str, Any], text: bytes) -> list[tuple[str, str]]:
    """Return the local name of each upstream URL; check the rest of the document."""
    agreed = encoded(case, "out").decode("latin-1")
    literals = map(re.escape, _NAMED.split(agreed)[::2])
    found = re.fullmatch(_REFERENCE.join(literals), text.decode("latin-1"))
    assert found, text
    return list(zip(_NAMED.findall(agreed), found.groups(), strict=True))


async def check(case: dict[str, Any], entry: str, path: str) -> None:
    """Play the case from this local path of a stream with this entry."""
    pages = {PARENT: parent(case), case["base"]: encoded(case, "in")}
    network = Network(pages.get)
    async with built(entry, network=network, placement=Header("X-Token")) as one:
        reply = await one.stream.open(path, ask())
        assert isinstance(reply, PlaylistReply)
        paths: dict[str, str] = {}
        for url, reference in references(case, reply.body):
            absolute = url in case.get("absolute", [])
            assert reference.startswith(ROOT) if absolute else "://" not in reference
            local, _ = uri.resolve(ROOT + path, reference.encode()) or ("", "")
            name = local.removeprefix(ROOT)
            assert GRAMMAR.fullmatch(name)
            assert name not in RESERVED
            assert len(name) < MOST_BYTES
            known = one.catalog.get(name)
            assert known is not None
            assert known.url == url
            assert paths.setdefault(url, name) == name
    assert len(set(paths.values())) == len(paths)


@pytest.mark.parametrize(
    "case",
    [case for case in PLAYLISTS if "import" not in case],
    ids=lambda case: case["name"],
)
async def test_the_references_of_an_entry_get_names(case: dict[str, Any]) -> None:
    """Every reference becomes a name, which leads to exactly its URL."""
    await check(case, case["base"], "index.m3u8")


@pytest.mark.parametrize(
    "case",
    [case for case in PLAYLISTS if not is_multivariant(encoded(case, "in"))],
    ids=lambda case: case["name"],
)
async def test_the_references_of_a_rendition_get_names(case: dict[str, Any]) -> None:
    """Also below a multivariant playlist, requested only by its name."""
    await check(case, PARENT, "1k/index.m3u8")


def above(case: dict[str, Any]) -> dict[str, bytes]:
    """Return the entry that refers to a JSON document, by its URL."""
    if parent := case.get("parent"):
        return {parent["base"]: parent["in"].encode()}
    dates = f'#EXT-X-DATERANGE:ID="a",X-ASSET-LIST="{case["base"]}"\n'
    return {PARENT: f"#EXTM3U\n{dates}#EXTINF:4,\ns.ts\n".encode()}


@pytest.mark.parametrize("case", DOCUMENTS, ids=lambda case: case["name"])
async def test_the_references_of_a_document_get_names(case: dict[str, Any]) -> None:
    """All are absolute, and each name leads to exactly its URL."""
    pages = {**above(case), case["base"]: encoded(case, "in")}
    (entry, *_), network = pages, Network(pages.get)
    async with built(entry, network=network, placement=Header("X-Token")) as one:
        await one.stream.open("index.m3u8", ask())
        kinds = (Kind.ASSET_LIST, Kind.STEERING)
        (path,) = [path for kind in kinds for path in one.catalog.of(kind)]
        reply = await one.stream.open(path, ask())
        assert isinstance(reply, DocumentReply)
        agreed, said = json.loads(case["out"]), json.loads(reply.body)
        for url, local in zip(*map(strings_in, (agreed, said)), strict=True):
            if not (named := _NAMED.fullmatch(url)):
                assert local == url
                continue
            known = one.catalog.get(local.removeprefix(ROOT))
            assert known is not None
            assert known.url == named[1]
            assert local.startswith(ROOT)


def strings_in(value: object) -> list[str]:
    """Return the names and texts in a JSON value, in order of their names."""
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in strings_in(item)]
        case dict():
            pairs = sorted(value.items())
            return [text for pair in pairs for text in strings_in(list(pair))]
        case _:
            return [str(value)]

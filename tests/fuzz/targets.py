"""Properties that must hold for any bytes that an upstream may send.

Each target takes one input and raises if something does not hold. None needs the
fuzzer, so that tests can run them too.
"""

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from proxy.core.hls import asset_list
from proxy.core.hls.attributes import as_text, scan, splice
from proxy.core.hls.json_text import JsonEdit, strings
from proxy.core.hls.json_text import splice as splice_json
from proxy.core.hls.names import id_name
from proxy.core.hls.pathways import pathways_of
from proxy.core.hls.playlist import Document, Reference, rewrite
from proxy.core.hls.steering import Steering
from proxy.core.http import uri
from proxy.core.http.percent_encoding import encode
from proxy.core.http.uri_query import append_query, query_value, set_query
from proxy.core.kind import Kind
from proxy.errors import BadAnswerError

UPSTREAM = Document(
    "https://up.example/live/index.m3u8", "sid=7&a=b%20c", imports={"i": "j/k"}
)
LOCAL = "http://127.0.0.1:8080/lobby/main/"
LADDER = (
    b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",STABLE-RENDITION-ID="R",URI="a"\n'
    b'#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a",STABLE-VARIANT-ID="V",PATHWAY-ID="A"\nv\n'
    b"#EXT-X-STREAM-INF:BANDWIDTH=2\nw\n"
)
_WEB = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def rewriting(body: bytes) -> None:
    """Keep lines and their ends; make all URIs local; a second pass changes nothing."""
    names: dict[str, str] = {}

    def name(reference: Reference) -> str:
        assert _WEB.fullmatch(reference.url)
        local = names.setdefault(reference.url, f"n{len(names)}.bin")
        return LOCAL + local if reference.absolute else local

    def same(reference: Reference) -> str:
        assert reference.url.startswith(LOCAL)
        local = reference.url.removeprefix(LOCAL)
        assert local in names.values()
        return reference.url if reference.absolute else local

    assert rewrite(body, Document(UPSTREAM.base), lambda _: None).body == body
    local = rewrite(body, UPSTREAM, name)
    assert _ends(local.body) == _ends(body)
    assert rewrite(local.body, Document(f"{LOCAL}index.m3u8"), same).body == local.body


def resolving(text: bytes) -> None:
    """Return a web URL that means the same anywhere, or nothing.

    The base is the first line, the reference is the rest.
    """
    first, _, reference = text.partition(b"\n")
    base = encode(first)
    assert uri.join(uri.split(base)) == base
    for where in (base, UPSTREAM.base):
        resolved = uri.resolve(where, reference)
        if resolved is None:
            continue
        url, fragment = resolved
        assert uri.origin(url)
        assert fragment[:1] in {"", "#"}
        assert uri.resolve("https://other.example/x/", url.encode()) == (url, "")
        if where == UPSTREAM.base:
            assert _WEB.fullmatch(url)
            for kind in Kind:
                assert _NAME.fullmatch(id_name(url, kind, fallback="ts"))
            assert append_query(url, "") == url
            query_value(uri.split(set_query(url, "a", "b")).query, "a")


def documents(text: bytes) -> None:
    """Pass on nothing but JSON; in an asset list only the URIs are changed."""
    try:
        written = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    for localise in (_assets, _steered):
        try:
            local = localise(written)
        except BadAnswerError:
            continue
        json.loads(local.encode(), parse_constant=_no_json)


def attributes(line: bytes) -> None:
    """Find each value where the scan reports it, and change nothing else."""
    found, end = list(scan(line, 0)), 0
    for item in found:
        assert end <= item.start < item.span[0] <= item.span[1] <= len(line)
        assert line.startswith(item.name, item.start)
        assert item.value in line[slice(*item.span)]
        end = item.span[1]
    as_text(found)
    assert splice(line, []) == line


def _no_json(constant: str) -> None:
    raise AssertionError(constant)


def _ends(body: bytes) -> list[bytes]:
    lines = body.splitlines(keepends=True)
    return [line[len(line.rstrip(b"\r\n")) :] for line in lines]


def _assets(written: str) -> str:
    local = asset_list.localised(written, UPSTREAM.base, lambda _: f"{LOCAL}a.m3u8")
    assert _without_assets(local) == _without_assets(written)
    return local


def _without_assets(text: str) -> str:
    assets = [f for f in strings(text) if f.path[:1] == ("ASSETS",)]
    uris = [f for f in assets if f.path[2:] == ("URI",)]
    return splice_json(text, [JsonEdit(f.start, f.end, "") for f in uris])


def _steered(written: str) -> str:
    listed = list[Reference]()
    rewrite(LADDER, UPSTREAM, listed.append)

    def clone(_: object, __: str, url: str) -> str:
        assert _WEB.fullmatch(url)
        return f"{LOCAL}index.m3u8"

    return Steering(
        UPSTREAM.base,
        pathways_of(listed, lambda reference: reference.url),
        name_reload=lambda _: f"{LOCAL}m.json",
        name_clone=clone,
    ).localised(written)


TARGETS: Mapping[str, Callable[[bytes], None]] = MappingProxyType(
    {each.__name__: each for each in (rewriting, resolving, documents, attributes)}
)
"""All targets, by name."""

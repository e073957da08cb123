"""The contract of names: properties of every playlist."""

import re
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.hls.names import Volatile
from proxy.core.hls.playlist import Document, Reference, rewrite
from proxy.core.http import uri
from proxy.core.http.paths import LocalPath, parse
from proxy.core.http.uri_query import query_value
from proxy.core.tokens.placing.placement import Header
from proxy.errors import NameUnknownError
from proxy.replies import PlaylistReply
from tests.playlists import bodies, lines_of, raw_lines, web, words
from tests.streams.built import Built, ask, built
from tests.streams.network import Moved, Network

ENTRY = "https://m.example/live/v.m3u8"
ROOT = "http://127.0.0.1:8080/lobby/"
FOLDER = "360p-800k"
LADDER = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360\nlow.m3u8\n"
SIGNED = Volatile(frozenset({"signature"}))
_ID_NAME = re.compile(r".*-[a-z2-7]{12}(\.[^.]*)?")

hosts = st.sampled_from(
    [
        *("", "", "/", "./", "../", "a//", "%2e%2e/", "//o.example:8443/"),
        *("https://m.example/live/", "https://o.example/live/", "http://127.0.0.1/"),
    ]
)
files = st.sampled_from(
    [
        *("s1.ts", "s1.ts", "s2.m4s", "f.mp4", "v.m3u8", "k.bin", "x.jpg", "x.php"),
        *("s1", "", ".hidden", "common", "main.ts", "index.m3u8", "é b.ts"),
        *("seg-abcdefgh2345.ts", "x" * 300 + ".ts", "%zz%2F.ts", "a/../b.ts", "..."),
    ]
)
queries = st.sampled_from(["", "", "?", "?x=1", "?x=%7e+%2F&&", "?t=exp=1~acl=/a/*"])
references = st.builds("{}{}{}".format, hosts, files, queries) | st.just("a:b.ts")

echoes = st.sampled_from(
    [
        "",
        "?token=TOKEN",
        "?a=1&token=TOKEN&b",
        "?signature=NEW&x=1",
        "?token={$token}",
    ]
)
signed = st.builds("{}{}{}".format, hosts, files, echoes)


def whole(lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Return playlists with these lines and a first line."""
    start = re.compile(rb"\A(\xef\xbb\xbf)?")
    return bodies(lines).map(lambda body: start.sub(rb"\1#EXTM3U\n", body))


def found(body: bytes, base: str) -> list[Reference]:
    """Return what a playlist at this URL refers to, in order."""
    references: list[Reference] = []

    def note(reference: Reference) -> None:
        references.append(reference)

    rewrite(body, Document(base), note)
    return references


async def said(one: Built, path: str = "index.m3u8") -> bytes:
    """Return a playlist exactly as the player gets it."""
    reply = await one.stream.open(path, ask())
    assert isinstance(reply, PlaylistReply)
    return reply.body


def ends(body: bytes) -> list[bytes]:
    """Return the terminators of the lines."""
    lines = body.splitlines(keepends=True)
    return [line[len(line.rstrip(b"\r\n")) :] for line in lines]


# An empty body and a page of HTML are failures of the upstream, not playlists.
@given(
    whole(lines_of(references | words | web) | raw_lines).filter(
        lambda body: b"<" not in body
    )
)
@settings(deadline=None)
async def test_p1_every_playlist_keeps_its_lines(body: bytes) -> None:
    """For any bytes: nothing fails, no line is added or lost, two runs are equal."""
    async with built(ENTRY, network=Network(lambda _: body)) as one:
        first = await said(one)
        assert ends(first) == ends(body)
        assert await said(one) == first
        assert not one.tokens.refusals


@pytest.mark.parametrize(
    ("entry", "base"),
    [
        (ENTRY, ENTRY),
        ("https://lb.example/v.m3u8", "https://edge.example/live/v.m3u8?session=1"),
    ],
)
@given(body=whole(lines_of(references)))
@settings(deadline=None)
async def test_each_name_leads_to_its_url(entry: str, base: str, body: bytes) -> None:
    """Exactly, so no two share a name. A forbidden address only has a name."""

    def site(url: str) -> bytes | Moved:
        return body if url == base else Moved(base)

    async with built(entry, network=Network(site), placement=Header("T")) as one:
        local = found(await said(one), f"{ROOT}index.m3u8")
        for there, here in zip(found(body, base), local, strict=True):
            path = here.url.removeprefix(ROOT)
            assert parse(f"/lobby/{path}", families=()) == LocalPath(
                "lobby", None, path
            )
            known = one.catalog.get(path)
            if there.url.startswith("http://127.0.0.1/"):
                assert known is None
            elif there.tag != "EXT-X-RENDITION-REPORT":
                assert known is not None
                assert known.url == there.url


# This parameter is inserted here and must not appear.
DEFINE = b'#EXT-X-DEFINE:QUERYPARAM="token"\n'


class Platform:
    """Repeats the token that it got; signs everything again at every load."""

    def __init__(self, template: bytes) -> None:
        self._template = DEFINE + template.removeprefix(b"\xef\xbb\xbf")
        self._numbers = count()

    def __call__(self, url: str) -> bytes:
        """Return the current playlist."""
        token = query_value(uri.split(url).query, "token") or ""
        body = self._template.replace(b"TOKEN", token.encode())
        return re.sub(b"NEW", lambda _: b"SIGNED-%d" % next(self._numbers), body)


@given(whole(lines_of(signed)))
@settings(deadline=None)
async def test_p3_names_outlive_tokens_signatures_and_processes(body: bytes) -> None:
    """The playlist contains none of them, and no upstream host."""
    platform = Network(Platform(body))
    playlists = []
    for _ in range(2):
        async with built(
            ENTRY, network=platform, volatile=SIGNED, everything=True
        ) as one:
            playlists.append(await said(one))
            one.tokens.generation += 1
            playlists.append(await said(one))
    assert len(set(playlists)) == 1
    assert not re.search(b"TOKEN-|SIGNED-|[mo][.]example", playlists[0])


@given(whole(lines_of(references)))
@settings(deadline=None)
async def test_a_second_proxy_keeps_the_plain_names_of_the_first(body: bytes) -> None:
    """A name from one of them works with the other."""
    origin = Network(lambda url: LADDER if url.startswith(ENTRY) else body)
    path = f"{FOLDER}/index.m3u8"
    async with built(ENTRY, network=origin) as one:
        pages = {"index.m3u8": await said(one), path: await said(one, path)}
    first = Network(lambda url: pages[uri.split(url).path.removeprefix("/lobby/")])
    async with built(f"{ROOT}index.m3u8", network=first) as two:
        assert await said(two) == pages["index.m3u8"]
        body = await said(two, path)
        pairs = zip(
            found(pages[path], ROOT + path), found(body, ROOT + path), strict=True
        )
        for there, here in pairs:
            local = here.url.removeprefix(ROOT)
            known = two.catalog.get(local)
            assert known is not None
            assert known.url == there.url
            folder, _, name = there.url.removeprefix(ROOT).partition("/")
            if folder == FOLDER and not _ID_NAME.fullmatch(name):
                assert here.url == there.url


@given(st.data())
@settings(deadline=None)
async def test_s2_a_changed_name_is_unknown(data: st.DataObject) -> None:
    """Whichever byte changed, it is unknown and causes no request."""
    media = b"#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=k\n#EXTINF:4,\ns1.ts\n/s2.ts?q\n"
    origin = Network(lambda _: media)
    async with built(ENTRY, network=origin) as one:
        local = found(await said(one), f"{ROOT}index.m3u8")
        name = data.draw(st.sampled_from(local)).url.removeprefix(ROOT)
        at = data.draw(st.integers(0, len(name) - 1))
        byte = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
        changed = name[:at] + byte + name[at + 1 :]
        if one.catalog.get(changed) is None:
            with pytest.raises(NameUnknownError):
                await one.stream.open(changed, ask())
    assert len(origin.asked) == 1

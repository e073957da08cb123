"""The contract of names in practice: origins change everything, names stay.

Each test is a case that some proxy or player got wrong.
"""

import re
from collections.abc import Mapping
from itertools import count

import pytest

from proxy.core.hls.names import Volatile
from proxy.core.http import uri
from proxy.core.tokens.placing.path_placement import PathPart
from proxy.errors import NameUnknownError
from proxy.events.playlist_warning import PlaylistWarning
from proxy.replies import DocumentReply, MediaReply, PlaylistReply
from tests.streams.built import Built, ask, built
from tests.streams.network import Moved, Network

ENTRY = "https://m.example/v.m3u8"
HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
KEY = '#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/k?id=1"\n'
MEDIA = f"{HEAD}{KEY}#EXTINF:4,\ns1.ts\n#EXTINF:4,\nhttps://o.example/s2.ts?q=1\n"
LADDER = (
    "#EXTM3U\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360\nlow.m3u8?v=1\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1280x720\nhigh.m3u8?v=1\n"
)
LOW, HIGH = "360p-800k/index.m3u8", "720p-3000k/index.m3u8"


def bare(url: str) -> str:
    """Return the URL without its query."""
    return url.partition("?")[0]


def lines(playlist: str) -> list[str]:
    """Return the URI lines."""
    return [line for line in playlist.splitlines() if not line.startswith("#")]


def serving(pages: Mapping[str, bytes | Moved]) -> Network:
    """Return a network with these pages, for any query; everything else is media."""
    return Network(lambda url: pages.get(bare(url), b"\0media, 16 bytes"))


def network(**playlists: str) -> Network:
    """Return a network with these playlists on m.example."""
    return serving(
        {
            f"https://m.example/{name}.m3u8": text.encode()
            for name, text in playlists.items()
        }
    )


REDIRECTED = (
    f'{HEAD}#EXT-X-DEFINE:QUERYPARAM="session"\n'
    "#EXTINF:4,\ns1.ts\n#EXTINF:4,\n../z/s2.ts?s={$session}\n"
)


@pytest.mark.parametrize("edge", ["edge7", "edge9"])
async def test_no_name_contains_the_edge_that_a_balancer_redirects_to(
    edge: str,
) -> None:
    """Base and variables are those of the edge, but it gets no token."""

    def balanced(url: str) -> bytes | Moved:
        if uri.origin(url) == "https://m.example":
            return Moved(f"https://{edge}.example/x/y/i.m3u8?session=5")
        return REDIRECTED.encode() if "i.m3u8" in url else b"\0media, 16 bytes"

    asked = Network(balanced)
    async with built(ENTRY, network=asked, everything=True) as one:
        plain, signed = lines(await one.playlist())
        await one.media(plain)
        await one.media(signed)
    assert (plain, signed) == ("main/s1.ts", "main/s2-bikiic4yx2bi.ts")
    assert asked.asked == [
        "https://m.example/v.m3u8?token=TOKEN-1",
        f"https://{edge}.example/x/y/i.m3u8?session=5",
        f"https://{edge}.example/x/y/s1.ts",
        f"https://{edge}.example/x/z/s2.ts?s=5",
    ]


async def test_no_name_below_a_redirected_ladder_contains_the_edge() -> None:
    """Renditions were never requested from the balancer, but names use its URLs."""
    media = (
        f"{HEAD}#EXTINF:4,\n../segments/s1.ts?q=1\n#EXTINF:4,\n/s1.ts?q=1\n".encode()
    )
    playlists = []
    for edge in ("edge7", "edge9"):
        ladder = f"https://{edge}.example/live/v.m3u8"
        pages: dict[str, bytes | Moved] = {
            ENTRY: Moved(ladder),
            ladder: LADDER.encode(),
            f"https://{edge}.example/live/low.m3u8": media,
        }
        async with built(ENTRY, network=serving(pages)) as one:
            playlists.append((await one.playlist(), await one.playlist(LOW)))
    assert playlists[0] == playlists[1]
    assert len(set(lines(playlists[0][1]))) == 2


async def test_p4_a_rendition_report_never_replaces_a_listed_playlist() -> None:
    """Its URL lacks the query that the playlist needs, and its base was redirected."""
    reporting = f'{MEDIA}#EXT-X-RENDITION-REPORT:URI="high.m3u8",LAST-MSN=1\n'

    def balanced(url: str) -> bytes | Moved | None:
        pages: dict[str, bytes | Moved] = {
            f"{ENTRY}?token=TOKEN-1": LADDER.encode(),
            "https://m.example/low.m3u8?v=1": Moved("https://e.example/x/low.m3u8"),
            "https://e.example/x/low.m3u8": reporting.encode(),
            "https://m.example/high.m3u8?v=1": MEDIA.encode(),
        }
        return pages.get(url)

    async with built(f"{ENTRY}?token=", network=Network(balanced)) as one:
        assert lines(await one.playlist()) == [LOW, HIGH]
        assert f'URI="../{HIGH}"' in await one.playlist(LOW)
        assert "s1.ts" in await one.playlist(HIGH)


class Signing:
    """A platform that puts a new blob or signature into every URL at every load.

    Only the newest are valid; nothing else distinguishes its renditions.
    """

    def __init__(self) -> None:
        self._numbers = count()
        self._good: dict[str, str] = {}
        """What each URL stands for."""

    def __call__(self, url: str) -> bytes | None:
        """Answer if the URL is the newest one."""
        if bare(url) == ENTRY:
            return self._ladder().encode()
        height = self._good.get(url, "")
        if url.startswith("https://m.example/"):
            return self._media(height).encode() if height else None
        return b"\0" + height.encode() if height else None

    def expire(self) -> None:
        """Let all signatures expire."""
        self._good.clear()

    def _sign(self, url: str, height: str) -> str:
        signed = url.format(blob=f"{next(self._numbers):064}")
        self._good[signed] = height
        return signed

    def _ladder(self) -> str:
        url = "https://m.example/{blob}/rendition.m3u8"
        variant = "#EXT-X-STREAM-INF:BANDWIDTH={},RESOLUTION=1x{}\n{}\n"
        return "#EXTM3U\n" + "".join(
            variant.format(bandwidth, height, self._sign(url, height))
            for bandwidth, height in ((800_000, "360"), (3_000_000, "720"))
        )

    def _media(self, height: str) -> str:
        url = f"https://o.example/{height}/s1.ts?signature={{blob}}"
        return f"{HEAD}#EXTINF:4,\n{self._sign(url, height)}\n"


BLOBS = Volatile(frozenset({"signature"}), (re.compile(r"(?<=^/)[^/]{64}(?=/)"),))


async def test_names_stay_although_every_url_is_new_at_every_load() -> None:
    """Renditions stay distinct, and expired URLs are renewed through their parents."""
    platform = Signing()
    async with built(ENTRY, network=Network(platform), volatile=BLOBS) as one:
        heard = set()
        for _ in range(10):
            ladder = await one.playlist()
            heard.add((ladder, await one.playlist(LOW), await one.playlist(HIGH)))
        assert lines(ladder) == [LOW, HIGH]
        assert len(heard) == 1
        for path, height in ((LOW, b"\x00360"), (HIGH, b"\x00720")):
            (name,) = lines(await one.playlist(path))
            platform.expire()
            await one.clock.advance(1.0)
            assert await one.media(path.replace("index.m3u8", name)) == (200, height)


async def test_a_ladder_may_be_reordered_changed_and_extended() -> None:
    """A player stays with its variant; a new variant gets another name."""
    pages = {
        ENTRY: "#EXTM3U\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=849000,RESOLUTION=640x360\nb.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=3149000,RESOLUTION=1280x720\nc.m3u8\n"
    }
    asked = Network(lambda url: pages.get(bare(url), MEDIA).encode())
    async with built(ENTRY, network=asked) as one:
        assert lines(await one.playlist()) == [
            "360p-849k/index.m3u8",
            "720p-3100k/index.m3u8",
        ]
        pages[ENTRY] = (
            "#EXTM3U\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=3181000,RESOLUTION=1280x720\nc.m3u8\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=849000,RESOLUTION=640x360\na.m3u8\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=857000,RESOLUTION=640x360\nb.m3u8\n"
        )
        listed = lines(await one.playlist())
        assert listed == [
            "720p-3100k/index.m3u8",
            "360p-849k-2/index.m3u8",
            "360p-849k/index.m3u8",
        ]
        for path in listed:
            await one.playlist(path)
    assert [bare(url)[-6:-5] for url in asked.asked[-3:]] == ["c", "a", "b"]


async def heard(one: Built, path: str) -> bytes:
    """Return the stream's answer for the path, whatever it is."""
    reply = await one.stream.open(path, ask())
    if isinstance(reply, PlaylistReply | DocumentReply):
        return reply.body
    assert isinstance(reply, MediaReply)
    async with reply.answer as body:
        return b"".join([chunk async for chunk in body.chunks()])


async def test_p3_replicas_agree_on_names_and_serve_each_others() -> None:
    """So a load balancer may send requests to any of them, and restarts do no harm."""
    asked = network(v=LADDER, low=MEDIA, high=MEDIA)
    paths = ["index.m3u8", LOW, HIGH]
    async with built(ENTRY, network=asked) as first:
        said = {path: await heard(first, path) for path in paths}
        for folder in ("360p-800k", "720p-3000k"):
            plain, signed = lines(said[f"{folder}/index.m3u8"].decode())
            said |= {
                f"{folder}/{plain}": b"\0media, 16 bytes",
                f"{folder}/{signed}": b"\0media, 16 bytes",
            }
        (key,) = set(re.findall(rb'URI="\.\./(.+)"', said[LOW] + said[HIGH]))
        said[key.decode()] = b"\0media, 16 bytes"
    for path, body in said.items():
        async with built(ENTRY, network=asked) as other:
            assert await heard(other, path) == body


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "..",
        "../lobby/index.m3u8",
        "%2e%2e/index.m3u8",
        "360p-800k/../index.m3u8",
        "360p-800k/%731.ts",
        "360p-800k//s1.ts",
        "360p-800k/s1.ts?q=1",
        "360p-800k/S1.ts",
        "360p-800k/s1",
        "720p-3000k/s3.ts",
        "main/s1.ts",
        "common/s1.ts",
        "common/index.m3u8",
        "garden/index.m3u8",
        "ad-abcdefgh2345.main/s1.ts",
        "https://o.example/s2.ts?q=1",
        "https%3A%2F%2Fo.example%2Fs2.ts%3Fq=1",
    ],
)
async def test_s2_an_unknown_name_causes_no_upstream_request(path: str) -> None:
    """If the playlists are loaded, it is only a lookup."""
    asked = network(v=LADDER, low=MEDIA, high=MEDIA)
    async with built(ENTRY, network=asked) as one:
        for known in ("index.m3u8", LOW, HIGH):
            await one.playlist(known)
        before = len(asked.asked)
        with pytest.raises(NameUnknownError):
            await one.stream.open(path, ask())
    assert len(asked.asked) == before


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("index.m3u8", "common/index-ID.m3u8"),
        ("common", "main/common-ID.ts"),
        ("main.ts", "main/main.ts"),
        (".hidden", "main/seg-ID.ts"),
        (".hidden.ts", "main/-hidden-ID.ts"),
        ("seg-abcdefgh2345.ts", "main/seg-abcdefgh2345-ID.ts"),
        ("x" * 297 + ".ts", "main/" + "x" * 32 + "-ID.ts"),
        ("%2e%2e%2fs.ts", "main/-2e-2e-2fs-ID.ts"),
    ],
)
async def test_an_odd_file_name_gets_a_valid_local_name(
    written: str, local: str
) -> None:
    """It leads to the file with its upstream name."""
    asked = network(v=f"{HEAD}#EXTINF:4,\n{written}\n", index=HEAD)
    async with built(ENTRY, network=asked) as one:
        (name,) = lines(await one.playlist())
        assert re.fullmatch(local.replace("ID", "[a-z2-7]{12}"), name)
        await heard(one, name)
    assert asked.asked[-1] == f"https://m.example/{written}"


async def test_no_name_is_made_from_a_token_in_the_path() -> None:
    """The last part of the path is the token, not a file name."""
    playlist = f"{HEAD}#EXTINF:4,\n/TOKEN-1\n".encode()
    asked = Network(lambda url: playlist if "m3u8" in url else b"\0media, 16 bytes")
    async with built(
        "https://m.example/UID/v.m3u8",
        network=asked,
        placement=PathPart(1),
        everything=True,
    ) as one:
        (name,) = lines(await one.playlist())
        one.tokens.generation = 2
        await one.media(name)
    assert re.fullmatch("main/seg-[a-z2-7]{12}.ts", name)
    assert asked.asked[-1] == "https://m.example/TOKEN-2"


async def test_ranges_of_one_file_have_one_name_however_they_are_signed() -> None:
    """BYTERANGE without an offset continues in the same resource."""
    ranges = (
        f'{HEAD}#EXT-X-MAP:URI="f.mp4?signature=0",BYTERANGE="616@0"\n'
        "#EXTINF:4,\n#EXT-X-BYTERANGE:100@616\nf.mp4?signature=1\n"
        "#EXTINF:4,\n#EXT-X-BYTERANGE:200\nf.mp4?signature=2\n"
    )
    asked = network(v=ranges)
    async with built(ENTRY, network=asked, volatile=BLOBS) as one:
        local = re.sub(r"f\.mp4\?signature=\d", "main/f.mp4", ranges)
        assert await one.playlist() == local
    assert PlaylistWarning.CLASH not in dict(one.warnings)


@pytest.mark.parametrize("parameter", ["u", "token"])
async def test_no_name_contains_a_token_from_a_variable(parameter: str) -> None:
    """It changes with each rotation, whatever the parameter is called."""
    define = '#EXT-X-DEFINE:QUERYPARAM="token"\n'
    pages = {
        "v": f"#EXTM3U\n{define}#EXT-X-STREAM-INF:BANDWIDTH=800000\nlow.m3u8?%\n",
        "low": f'{HEAD}#EXT-X-DEFINE:IMPORT="token"\n#EXTINF:4,\ns.ts?%\n',
    }
    good = 1

    def site(url: str) -> bytes | None:
        path, _, query = url.partition("?")
        values = {pair.partition("=")[2] for pair in query.split("&")}
        if values != {f"TOKEN-{good}"}:
            return None
        page = pages.get(
            path.rpartition("/")[2].removesuffix(".m3u8"), "\0media, 16 bytes"
        )
        return page.replace("%", parameter + "={$token}").encode()

    async with built(ENTRY, network=Network(site)) as one:
        (low,) = lines(await one.playlist())
        (name,) = lines(await one.playlist(low))
        path = low.replace("index.m3u8", name)
        good = one.tokens.last = 2
        assert await one.media(path) == (200, b"\0media, 16 bytes")
        assert lines(await one.playlist()) == [low]
        assert lines(await one.playlist(low)) == [name]

"""Names stay while signatures and tokens in URLs change."""

import re
from itertools import count

import pytest

from proxy.core.hls.names import Volatile
from proxy.core.tokens.placing.path_placement import PathPart
from proxy.events.playlist_warning import PlaylistWarning
from tests.contract.test_lasting_names.network import (
    ENTRY,
    HEAD,
    HIGH,
    LOW,
    MEDIA,
    bare,
    lines,
    network,
)
from tests.streams.built import built
from tests.streams.network import Network


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

"""No name contains the edge that a balancer redirects to."""

import pytest

from proxy.core.http import uri
from tests.contract.test_lasting_names.network import (
    ENTRY,
    HEAD,
    HIGH,
    LADDER,
    LOW,
    MEDIA,
    lines,
    serving,
)
from tests.streams.built import built
from tests.streams.network import Moved, Network

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

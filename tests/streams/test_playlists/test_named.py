"""Playlists are loaded, checked and rewritten; the catalog gets their names."""

import pytest
from aiohttp import web

from proxy.core.hls.names import Volatile
from proxy.core.tokens.placing.path_placement import PathPart
from proxy.errors import NameUnknownError
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin, origin
from tests.streams.test_playlists.media import HEAD, MEDIA


async def test_the_token_is_in_no_byte_of_a_playlist(upstream: Origin) -> None:
    """Even if an upstream adds the token to its children's URLs."""

    def echo(request: web.Request) -> web.Response:
        token = request.query["token"]
        text = f"{HEAD}#EXTINF:4,\ns1.ts?token={token}&x=1\n"
        return web.Response(text=text, content_type=M3U8)

    upstream.asks("/v.m3u8", echo)
    upstream.says("/s1.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8?q=1", everything=True) as one:
        first = await one.playlist()
        one.tokens.generation = 2
        assert await one.playlist() == first
        one.tokens.generation = 3
        name = first.splitlines()[-1]
        assert await one.media(name) == (200, b"\0media")
    assert "TOKEN" not in first
    assert upstream.asked[-1] == "/s1.ts?token=TOKEN-3&x=1"


async def test_a_token_in_the_path_is_replaced_on_every_request(
    upstream: Origin,
) -> None:
    """Relative children inherit the token of their parent's request."""
    upstream.says("/TOKEN-1/manifest/v.m3u8", HEAD + "#EXTINF:4,\n../../video/s1.mp4\n")
    upstream.says("/TOKEN-2/video/s1.mp4", b"\0media")
    async with built(
        f"{upstream.url}/UID/manifest/v.m3u8", placement=PathPart(1), everything=True
    ) as one:
        upstream.says(
            "/TOKEN-1/manifest/v.m3u8", HEAD + "#EXTINF:4,\n../video/s1.mp4\n"
        )
        text = await one.playlist()
        one.tokens.generation = 2
        assert await one.media(text.splitlines()[-1]) == (200, b"\0media")
    assert "TOKEN" not in text


async def test_names_survive_a_redirect_to_another_edge(upstream: Origin) -> None:
    """The base is where the playlist was read; names depend on the requested URL."""
    edges = iter(["edge7", "edge9"])

    def balance(_: web.Request) -> web.Response:
        return web.Response(
            status=302, headers={"Location": f"/{next(edges)}/x/i.m3u8"}
        )

    upstream.asks("/v/i.m3u8", balance)
    for edge in ("edge7", "edge9"):
        upstream.says(f"/{edge}/x/i.m3u8", HEAD + "#EXTINF:4,\na/s1.ts?q\n")
        upstream.says(f"/{edge}/x/a/s1.ts", b"\0" + edge.encode())
    seen = []
    for reached in (b"edge7", b"edge9"):
        async with built(f"{upstream.url}/v/i.m3u8", everything=True) as one:
            seen.append(await one.playlist())
            assert await one.media(seen[-1].splitlines()[-1]) == (200, b"\0" + reached)
    assert seen[0] == seen[1]


@pytest.mark.parametrize("query", ["", "_HLS_msn=1"])
async def test_c8_names_survive_reloads_behind_a_redirect(
    upstream: Origin, query: str
) -> None:
    """The target of the redirect is used again; names depend on the first URL."""
    upstream.says(
        "/v/i.m3u8",
        "",
        status=302,
        Location="/edge7/x/i.m3u8?session=1",
        Cache_Control="max-age=60",
    )
    upstream.says(
        "/edge7/x/i.m3u8",
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9000\nlow/l.m3u8\n",
    )
    upstream.says(
        "/edge7/x/low/l.m3u8",
        HEAD + '#EXT-X-KEY:METHOD=AES-128,URI="../k"\n#EXTINF:4,\na/s1.ts\n',
    )
    async with built(f"{upstream.url}/v/i.m3u8", everything=True) as one:
        await one.playlist()
        seen = await one.playlist("9k/index.m3u8")
        for _ in range(2):
            await one.playlist(query=query)
            assert await one.playlist("9k/index.m3u8", query=query) == seen
    assert upstream.count("/v/i.m3u8") == 1


async def test_variables_are_imported_from_the_parent(upstream: Origin) -> None:
    """EXT-X-DEFINE:IMPORT takes them from the multivariant playlist."""
    upstream.says(
        "/v.m3u8",
        '#EXTM3U\n#EXT-X-DEFINE:NAME="a",VALUE="dir"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=1000\nlow.m3u8\n",
    )
    upstream.says(
        "/low.m3u8", HEAD + '#EXT-X-DEFINE:IMPORT="a"\n#EXTINF:4,\n{$a}/s.ts\n'
    )
    upstream.says("/dir/s.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        text = await one.playlist("1k/index.m3u8")
        assert await one.media("1k/" + text.splitlines()[-1]) == (200, b"\0media")


async def test_a_changed_bit_rate_keeps_the_name(upstream: Origin) -> None:
    """The player that polls the old name goes on."""
    ladder = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH={},RESOLUTION=640x360\nlow.m3u8\n"
    upstream.says("/v.m3u8", ladder.format(849_000))
    upstream.says("/low.m3u8", MEDIA)
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert "360p-849k/index.m3u8" in await one.playlist()
        upstream.says("/v.m3u8", ladder.format(851_000))
        assert "360p-849k/index.m3u8" in await one.playlist()


async def test_a_selection_removes_no_names_of_other_players(
    upstream: Origin,
) -> None:
    """A player's query narrows only its own list, whose names show the selection."""
    both = (
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1x1080\nhi.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1x360\nlow.m3u8\n"
    )

    def choose(request: web.Request) -> web.Response:
        fewer = "\n".join(["#EXTM3U", *both.splitlines()[3:], ""])
        text = fewer if "max" in request.query else both
        return web.Response(text=text, content_type=M3U8)

    upstream.asks("/v.m3u8", choose)
    upstream.says("/hi.m3u8", MEDIA)
    async with built(f"{upstream.url}/v.m3u8", passing=frozenset({"max"})) as one:
        assert "1080p-0k" in await one.playlist()
        narrowed = await one.playlist(query="max=360p&token=x&other=1")
        assert "1080p" not in narrowed
        assert "360p-0k.max-360p/index.m3u8" in narrowed
        assert "s1.ts" in await one.playlist("1080p-0k/index.m3u8")
    assert upstream.asked[1] == "/v.m3u8?max=360p&token=TOKEN-1"


async def test_a_large_playlist_is_rewritten_like_a_small_one(
    upstream: Origin,
) -> None:
    """Above 200 KB it is done in a thread of its own."""
    many = HEAD + "".join(f"#EXTINF:4,\nsegment-{n}.ts\n" for n in range(12_000))
    upstream.says("/v.m3u8", many)
    async with built(f"{upstream.url}/v.m3u8") as one:
        text = await one.playlist()
        assert text == many.replace("\nseg", "\nmain/seg")
        assert len(one.catalog) == 12_001


async def test_segments_without_a_usable_name_get_one(upstream: Origin) -> None:
    """It does not depend on volatile parts, and the exact URL is requested."""
    blob = "%2B%2F" + "a" * 64
    upstream.says("/v.m3u8", f"{HEAD}#EXTINF:4,\n/{blob}/1.m4s?e=1&s=%3D%7e\n")
    upstream.says(f"/{blob}/1.m4s", b"\0media")
    volatile = Volatile(frozenset({"e", "s"}), ())
    async with built(f"{upstream.url}/v.m3u8", volatile=volatile) as one:
        name = (await one.playlist()).splitlines()[-1]
        assert await one.media(name) == (200, b"\0media")
    assert upstream.asked[-1] == f"/{blob}/1.m4s?e=1&s=%3D%7e"


async def test_a_report_does_not_change_its_renditions_url(
    upstream: Origin,
) -> None:
    """Upstreams write reports without the query that the rendition needs."""
    upstream.says(
        "/v.m3u8",
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\na.m3u8?sig=1\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=2000\nb.m3u8?sig=1\n",
    )
    report = '#EXT-X-RENDITION-REPORT:URI="b.m3u8",LAST-MSN=1\n'
    upstream.says("/a.m3u8", MEDIA + report)
    upstream.says("/b.m3u8", MEDIA)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        for _ in range(2):
            assert '"../2k/index.m3u8"' in await one.playlist("1k/index.m3u8")
        await one.playlist("2k/index.m3u8")
    assert upstream.asked[-1] == "/b.m3u8?sig=1"


@pytest.mark.parametrize("entry_moves", [False, True])
@pytest.mark.parametrize("report", ["b.m3u8", "/edge7/live/b.m3u8", "b.m3u8?x=1"])
async def test_a_report_matches_its_rendition_behind_a_redirect(
    upstream: Origin, report: str, *, entry_moves: bool
) -> None:
    """Also within one origin, where the edge looks like the first URL."""

    def moved_to(path: str) -> web.Response:
        return web.Response(status=302, headers={"Location": path})

    ladder = "".join(
        f"#EXT-X-STREAM-INF:BANDWIDTH={n}000\n{name}.m3u8\n"
        for n, name in ((1, "a"), (2, "b"))
    )
    media = f'{MEDIA}#EXT-X-RENDITION-REPORT:URI="{report}",LAST-MSN=1\n'
    if entry_moves:
        upstream.asks("/live/v.m3u8", lambda _: moved_to("/edge1/live/v.m3u8"))
        upstream.says("/edge1/live/v.m3u8", "#EXTM3U\n" + ladder)
        upstream.asks("/edge1/live/a.m3u8", lambda _: moved_to("/edge7/live/a.m3u8"))
    else:
        upstream.says("/live/v.m3u8", "#EXTM3U\n" + ladder)
        upstream.asks("/live/a.m3u8", lambda _: moved_to("/edge7/live/a.m3u8"))
    upstream.says("/edge7/live/a.m3u8", media)
    async with built(f"{upstream.url}/live/v.m3u8") as one:
        await one.playlist()
        for _ in range(2):
            assert 'URI="../2k/index.m3u8"' in await one.playlist("1k/index.m3u8")


async def test_a_platforms_own_parameter_is_not_removed(
    upstream: Origin,
) -> None:
    """It may have the name of the parameter that opens the entry."""
    async with origin() as cdn:
        upstream.says("/v.m3u8", f"{HEAD}#EXTINF:4,\n{cdn.url}/s.ts?token=OWN&e=1\n")
        cdn.says("/s.ts", b"\0media")
        async with built(f"{upstream.url}/v.m3u8", origins=frozenset({cdn.url})) as one:
            await one.media((await one.playlist()).splitlines()[-1])
        assert cdn.asked == ["/s.ts?token=OWN&e=1"]


async def test_s4_a_repeated_token_reaches_no_other_origin(
    upstream: Origin,
) -> None:
    """Its parameter is removed; a URL with it elsewhere is not requested."""
    async with origin() as cdn:

        def echo(request: web.Request) -> web.Response:
            token = request.query["token"]
            urls = (f"{cdn.url}/1.ts?token={token}&x", f"{cdn.url}/{token}/2.ts")
            text = HEAD + "".join(f"#EXTINF:4,\n{url}\n" for url in urls)
            return web.Response(text=text, content_type=M3U8)

        upstream.asks("/v.m3u8", echo)
        cdn.says("/1.ts", b"\0media")
        async with built(f"{upstream.url}/v.m3u8", origins=frozenset({cdn.url})) as one:
            one.tokens.generation = 123_456
            _, _, _, first, _, second = (await one.playlist()).splitlines()
            assert await one.media(first) == (200, b"\0media")
            with pytest.raises(NameUnknownError):
                await one.media(second)
        assert cdn.asked == ["/1.ts?x"]

"""Names that the catalog lacks are found again."""

import asyncio

import pytest
from aiohttp import web

from proxy.core.kind import Kind
from proxy.errors import (
    ChildRefusedError,
    NameUndecidedError,
    StatusError,
)
from proxy.replies import DocumentReply, MediaReply, PlaylistReply
from tests.fake_clock import FakeClock
from tests.streams.built import Built, ask, built
from tests.streams.origin import M3U8, Origin
from tests.streams.signing import ENTRY, MEDIA, SEGMENT, plain
from tests.streams.test_lookup.many import many


async def whole(one: Built, path: str) -> bytes:
    """Return the body behind a name, of any type."""
    reply = await one.stream.open(path, ask())
    if isinstance(reply, PlaylistReply | DocumentReply):
        return reply.body
    assert isinstance(reply, MediaReply)
    async with reply.answer as body:
        return b"".join([chunk async for chunk in body.chunks()])


async def test_c9_a_name_from_before_a_restart_is_found_again(upstream: Origin) -> None:
    """A player in the middle of a recording goes on: its names are deterministic."""
    plain(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert await one.media(SEGMENT) == (200, b"\0media")
    assert upstream.asked == ["/v.m3u8?token=TOKEN-1", "/low.m3u8", "/s1.ts"]


async def test_a_key_from_before_a_restart_is_found_again(upstream: Origin) -> None:
    """Its path does not show which playlist lists it: all are searched."""
    plain(upstream)
    key = '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\n#EXTINF:4,'
    upstream.says("/low.m3u8", MEDIA.format(sign="").replace("#EXTINF:4,", key))
    upstream.says("/k.bin", b"k" * 16, kind="application/octet-stream")
    async with built(f"{upstream.url}/v.m3u8") as before:
        await before.playlist()
        playlist = await before.playlist("360p-800k/index.m3u8")
    name = playlist.split('URI="../')[1].split('"')[0]
    async with built(f"{upstream.url}/v.m3u8") as after:
        assert await after.media(name) == (200, b"k" * 16)


async def test_a_key_below_two_ladders_is_found_again_too(upstream: Origin) -> None:
    """The playlist that lists it is known only after the one above it was loaded."""
    keyed = MEDIA.replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF', 1)
    upstream.says("/v.m3u8", ENTRY.format(sign=""))
    upstream.says("/low.m3u8", ENTRY.format(sign="").replace("low", "lower"))
    upstream.says("/lower.m3u8", keyed)
    upstream.says("/k", b"0123456789abcdef")
    async with built(f"{upstream.url}/v.m3u8") as one:
        ladder = await one.playlist("360p-800k/index.m3u8")
        text = await one.playlist(ladder.splitlines()[-1].removeprefix("../"))
        key = text.split('URI="../')[1].split('"')[0]
    async with built(f"{upstream.url}/v.m3u8") as again:
        assert (await again.media(key))[1] == b"0123456789abcdef"


async def test_everything_below_an_interstitial_is_found_again(
    upstream: Origin,
) -> None:
    """A key, the next manifest, a clone: their names show no way to them."""
    upstream.says(
        "/v.m3u8",
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n"
        '#EXT-X-DATERANGE:ID="1",START-DATE="2026-01-01T00:00:00Z",'
        f'X-ASSET-LIST="{upstream.url}/list.json"\n',
    )
    upstream.says("/list.json", f'{{"ASSETS":[{{"URI":"{upstream.url}/ad.m3u8"}}]}}')
    upstream.says(
        "/ad.m3u8",
        '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="st.json",PATHWAY-ID="a"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=800000,PATHWAY-ID="a",STABLE-VARIANT-ID="v"\n'
        "low.m3u8\n",
    )
    clone = '{"BASE-ID":"a","ID":"b","URI-REPLACEMENT":{"PARAMS":{"b":"1"}}}'
    upstream.says(
        "/st.json", f'{{"RELOAD-URI":"next.json","PATHWAY-CLONES":[{clone}]}}'
    )
    upstream.says("/next.json", "{}")
    keyed = MEDIA.replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF', 1)
    upstream.says("/low.m3u8", keyed.format(sign=""))
    upstream.says("/k", b"0123456789abcdef")
    upstream.says("/s1.ts", b"\0media")

    before = dict[str, bytes]()
    async with built(f"{upstream.url}/v.m3u8") as one:
        ahead = ["index.m3u8"]
        while ahead:
            path = ahead.pop()
            before[path] = await whole(one, path)
            known = set(one.catalog.of(*Kind))
            ahead.extend(known - before.keys() - set(ahead))
    assert len(before) == 8
    for path, body in before.items():
        async with built(f"{upstream.url}/v.m3u8") as again:
            assert await whole(again, path) == body


async def test_a_player_may_be_served_by_two_replicas(upstream: Origin) -> None:
    """One has listed a part, and the other gets the request for it a moment later."""
    parts = 0

    def live(_: web.Request) -> web.Response:
        text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART-INF:PART-TARGET=0.5\n"
        listed = range(max(0, parts - 12), parts)
        text += "".join(f'#EXT-X-PART:DURATION=0.5,URI="p{n}.mp4"\n' for n in listed)
        return web.Response(text=text, content_type=M3U8)

    upstream.says("/v.m3u8", ENTRY.format(sign=""))
    upstream.asks("/low.m3u8", live)
    clock = FakeClock()
    url = f"{upstream.url}/v.m3u8"
    async with built(url, clock=clock) as one, built(url, clock=clock) as other:
        for parts in range(1, 35):
            name = f"p{parts - 1}.mp4"
            upstream.says(f"/{name}", b"\0part")
            assert name in await one.playlist("360p-800k/index.m3u8")
            await clock.advance(0.05)
            part = other.media(f"360p-800k/{name}")
            assert await other.patiently(part, step=0.05) == (200, b"\0part")
            await clock.advance(0.2)
    assert upstream.count("/low.m3u8") <= 2 * 34


async def test_a_name_is_found_although_another_parent_fails(upstream: Origin) -> None:
    """Any rendition may list a key; a broken one does not hide it."""
    plain(upstream)
    broken = "#EXT-X-STREAM-INF:BANDWIDTH=9000,RESOLUTION=1x9\nbroken.m3u8\n"
    entry = ENTRY.format(sign="").replace("#EXTM3U\n", f"#EXTM3U\n{broken}")
    upstream.says("/v.m3u8", entry)
    upstream.says("/broken.m3u8", "no", status=500)
    key = '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\n#EXTINF:4,'
    upstream.says("/low.m3u8", MEDIA.format(sign="").replace("#EXTINF:4,", key))
    upstream.says("/k.bin", b"k" * 16, kind="application/octet-stream")
    async with built(f"{upstream.url}/v.m3u8") as before:
        await before.playlist()
        playlist = await before.playlist("360p-800k/index.m3u8")
    name = playlist.split('URI="../')[1].split('"')[0]
    async with built(f"{upstream.url}/v.m3u8") as after:
        assert await after.media(name) == (200, b"k" * 16)


async def test_a_players_own_query_does_not_affect_cold_names(
    upstream: Origin,
) -> None:
    """A 400 for it is only about the query, and a selection is not the full list."""
    plain(upstream)
    full = ENTRY.format(sign="")

    def choose(request: web.Request) -> web.Response:
        if "_HLS_msn" in request.query:
            return web.Response(status=400)
        text = "#EXTM3U\n" if "max" in request.query else full
        return web.Response(text=text, content_type=M3U8)

    upstream.asks("/v.m3u8", choose)
    async with built(f"{upstream.url}/v.m3u8", passing=frozenset({"max"})) as one:
        with pytest.raises(StatusError):
            await one.playlist(query="_HLS_msn=9")
        await one.playlist(query="max=1")
        assert await one.media(SEGMENT) == (200, b"\0media")


async def test_evicted_names_of_a_recording_are_found_again(
    upstream: Origin,
) -> None:
    """Its players never reload, and its names are valid forever."""
    plain(upstream)
    other = ENTRY.format(sign="").replace("low", "hi").replace("640x360", "1x1080")
    upstream.says("/v.m3u8", ENTRY.format(sign="") + other.partition("\n")[2])
    segments = "".join(f"#EXTINF:4,\nh{n}.ts\n" for n in range(9))
    upstream.says("/hi.m3u8", f"#EXTM3U\n{segments}#EXT-X-ENDLIST\n")
    async with built(f"{upstream.url}/v.m3u8", names=8) as one:
        assert await one.media(SEGMENT) == (200, b"\0media")
        await one.playlist("1080p-800k/index.m3u8")
        assert one.catalog.get(SEGMENT) is None
        assert await one.media(SEGMENT) == (200, b"\0media")


async def test_playlists_that_name_each_other_do_not_wait_for_each_other(
    upstream: Origin,
) -> None:
    """If both are refused, each would otherwise be renewed by the other, forever."""
    plain(upstream)
    both = ENTRY.format(sign="") + "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1x9\nb\n"
    upstream.says("/v.m3u8", both)
    for path, other in (("/low.m3u8", "b"), ("/b", "low.m3u8")):
        report = f'#EXT-X-RENDITION-REPORT:URI="{other}"\n#EXTINF:4,\n{other}\n'
        upstream.says(path, MEDIA.format(sign="").replace("#EXTINF:4,\n", report))
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        names = ("360p-800k/index.m3u8", "9p-0k/index.m3u8")
        for name in names:
            await one.playlist(name)
        for path in ("/low.m3u8", "/b"):
            upstream.says(path, "no", status=403)
        async with asyncio.timeout(5):
            refused = await asyncio.gather(
                *(one.playlist(name) for name in names), return_exceptions=True
            )
    assert [type(error) for error in refused] == [ChildRefusedError] * 2


async def test_rotating_keys_are_found_by_another_replica(upstream: Origin) -> None:
    """The playlist that was right is searched first, and that does not count."""
    many(upstream, renditions=6)
    clock, url = FakeClock(), f"{upstream.url}/v.m3u8"
    async with built(url, clock=clock) as one, built(url, clock=clock) as other:
        await one.playlist()
        for n in range(40):
            key = f'#EXT-X-KEY:METHOD=AES-128,URI="key{n}"\n#EXTINF:4,'
            text = MEDIA.format(sign="").replace("#EXTINF:4,", key)
            upstream.says("/v4.m3u8", text.replace("#EXT-X-ENDLIST\n", ""))
            upstream.says(f"/key{n}", b"0123456789abcdef")
            listed = await one.playlist("4p-4k/index.m3u8")
            name = listed.split('URI="../')[1].split('"')[0]
            assert (await other.patiently(other.media(name)))[0] == 200
            await clock.advance(2.0)
    # The playlists that guesses try first, then only the right one.
    assert len(upstream.asked) <= 2 + 2 * 6 + 40 * 4


async def test_a_segment_is_found_by_its_earlier_extension(
    upstream: Origin,
) -> None:
    """A restart sees an EXT-X-MAP that was added after the first version."""
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
    segment = "#EXTINF:4,\n1.php?n=1\n"
    upstream.says("/v.m3u8", head + segment)
    upstream.says("/1.php", b"\0media")
    async with built(f"{upstream.url}/v.m3u8") as one:
        name = (await one.playlist()).splitlines()[-1]
    assert name.endswith(".ts")
    upstream.says(
        "/v.m3u8", f'{head}{segment}#EXT-X-MAP:URI="i.mp4"\n#EXTINF:4,\n2.mp4\n'
    )
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert name not in await one.playlist()
        assert await one.media(name) == (200, b"\0media")


async def test_a_key_of_the_last_rendition_is_found_within_half_a_minute(
    upstream: Origin,
) -> None:
    """A restarted proxy knows no key, and a player may request one before all else."""
    many(upstream, renditions=24)
    async with built(f"{upstream.url}/v.m3u8") as first:
        await first.playlist()
        text = await first.playlist("1x21/index.m3u8".replace("1x21", "21p-21k"))
    key = text.partition('URI="../')[2].partition('"')[0]
    async with built(f"{upstream.url}/v.m3u8") as one:
        waited = 0.0
        for _ in range(5):
            try:
                assert await one.media(key) == (200, b"0123456789abcdef")
                break
            except NameUndecidedError as error:
                waited += error.retry_after or 0.0
                await one.clock.advance(error.retry_after or 0.0)
        assert waited <= 30.0
        assert await one.media(key) == (200, b"0123456789abcdef")

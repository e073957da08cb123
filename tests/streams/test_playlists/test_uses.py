"""Each load of a media playlist shows what its names mean now."""

from proxy.core.hls.names import Volatile
from proxy.localise.uses import Use
from tests.streams.built import Built, built
from tests.streams.origin import Origin

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n"
LIVE = f"{HEAD}#EXTINF:6,\ns1.ts\n#EXTINF:6,\ns2.ts\n"
ENDED = f"{LIVE}#EXT-X-ENDLIST\n"
LADDER = (
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000\nv/a.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=500000\nv/b.m3u8\n"
)


def use_of(one: Built, path: str, *, at: int = 0) -> Use | None:
    """Return what a name means in one of the presentations."""
    resource = one.stream.catalogs[at].get(path)
    assert resource is not None
    return one.stream.uses[at].use(path, resource, one.clock.mono())


async def test_a_restarted_encoder_has_another_run(upstream: Origin) -> None:
    """Its names are the same, and so are their numbers."""
    upstream.says("/v.m3u8", f"{LIVE}#EXTINF:6,\ns3.ts\n#EXTINF:6,\ns4.ts\n")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        before = use_of(one, "main/s1.ts")
        upstream.says("/v.m3u8", LIVE)
        await one.playlist()
        after = use_of(one, "main/s1.ts")
        await one.playlist()
        assert use_of(one, "main/s1.ts") == after
    assert before
    assert after
    assert before.number == after.number == 0
    assert before.run != after.run


async def test_a_long_pause_begins_another_run(upstream: Origin) -> None:
    """Nobody knows what the encoder did meanwhile; a suspend is such a pause, too."""
    upstream.says("/v.m3u8", LIVE)
    async with built(f"{upstream.url}/v.m3u8") as one:
        runs = []
        for asleep in (False, True, False):
            await one.playlist()
            use = use_of(one, "main/s1.ts")
            assert use
            runs.append(use.run)
            if asleep:
                await one.clock.jump(100)
            else:
                await one.clock.advance(100)
    assert len(set(runs)) == 3


async def test_renditions_have_their_own_runs(upstream: Origin) -> None:
    """A key has the run of the playlist that listed it last."""
    key = f'{HEAD}#EXT-X-KEY:METHOD=AES-128,URI="/k.bin"\n#EXTINF:6,\ns1.ts\n'
    upstream.says("/v/a.m3u8", key)
    upstream.says("/v/b.m3u8", key)
    upstream.says("/v.m3u8", LADDER)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        first = (await one.playlist("900k/index.m3u8")).splitlines()[2]
        path = first.partition('URI="../')[2].rstrip('"')
        keys = [use_of(one, path)]
        await one.playlist("500k/index.m3u8")
        keys.append(use_of(one, path))
        segments = [use_of(one, f"{slug}/s1.ts") for slug in ("900k", "500k")]
    assert all(keys)
    assert [use and use.run for use in keys] == [use and use.run for use in segments]
    assert keys[0] != keys[1]


async def test_selections_do_not_share_runs(upstream: Origin) -> None:
    """Each has its own playlists. Names have the selection in their folders."""
    upstream.says("/v.m3u8", LIVE)
    async with built(f"{upstream.url}/v.m3u8", passing=frozenset({"lang"})) as one:
        await one.playlist()
        assert "main.lang-de/s1.ts" in await one.playlist(query="lang=de")
        both = [use_of(one, "main/s1.ts", at=at) for at in (0, 1)]
    runs = {use.run for use in both if use}
    assert len(runs) == 2


async def test_an_ended_playlist_means_the_same_after_a_restart(
    upstream: Origin,
) -> None:
    """Unless it was written again, which its validators show."""
    uses = []
    for etag in ('"1"', '"1"', '"2"'):
        upstream.says("/v.m3u8", ENDED, ETag=etag)
        async with built(f"{upstream.url}/v.m3u8") as one:
            await one.playlist()
            uses.append(use_of(one, "main/s2.ts"))
    assert uses[0] == uses[1] != uses[2]
    assert uses[0]
    assert uses[0].lasting


async def test_validators_of_a_newly_signed_playlist_do_not_count(
    upstream: Origin,
) -> None:
    """Its text changes with each load, and so does its ETag."""
    uses = []
    async with built(
        f"{upstream.url}/v.m3u8", volatile=Volatile(frozenset({"sig"}))
    ) as one:
        for at in range(3):
            text = ENDED.replace(".ts", f".ts?sig={at}")
            upstream.says("/v.m3u8", text, ETag=f'"{at}"')
            names = [n for n in (await one.playlist()).splitlines() if "s1" in n]
            uses.append(use_of(one, names[0]))
    assert uses[0]
    assert set(uses) == {uses[0]}


async def test_names_of_a_dropped_presentation_mean_nothing(upstream: Origin) -> None:
    """Its uses are dropped with it."""
    upstream.says("/v.m3u8", LIVE)
    passing = frozenset({"lang"})
    async with built(f"{upstream.url}/v.m3u8", passing=passing, selections=1) as one:
        await one.playlist()
        await one.playlist(query="lang=de")
        uses, resource = one.stream.uses[1], one.stream.catalogs[1].get("main/s1.ts")
        assert resource
        assert uses.use("main/s1.ts", resource, one.clock.mono())
        await one.clock.advance(700)
        await one.playlist(query="lang=en")
        assert uses.use("main/s1.ts", resource, 0) is None

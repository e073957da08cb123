"""Recordings play from the disk without requests upstream."""

import pytest

from proxy.errors import KeyNotKeptError, UnreachableError
from proxy.replies import MediaReply
from tests.streams.built import ask
from tests.streams.origin import Origin, origin
from tests.streams.test_offline.machine import (
    DAY,
    FILES,
    VOD,
    Machine,
    files,
    plays,
    serving,
)


async def test_the_second_play_sends_nothing_upstream(
    machine: Machine, upstream: Origin
) -> None:
    """Neither for playlists nor for media, at any time within a week."""
    async with machine.program(serving(upstream)) as one:
        await plays(one)
        asked = len(upstream.asked)
        for _ in range(3):
            await machine.clock.advance(2 * DAY)
            await plays(one)
        assert len(upstream.asked) == asked == 5


async def test_it_plays_after_a_restart_without_its_upstream(machine: Machine) -> None:
    """The catalog is empty, and nobody can be asked."""
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            await plays(one)
    async with machine.program(url) as one:
        await plays(one)


@pytest.mark.parametrize("name", FILES)
async def test_a_player_may_continue_in_the_middle(machine: Machine, name: str) -> None:
    """It has the playlists, and requests a segment, or a part of one."""
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            await plays(one)
            folder = (await one.playlist()).splitlines()[-1].rpartition("/")[0]
    async with machine.program(url) as one:
        part = await one.media(f"{folder}/{name}", Range="bytes=1-3")
        assert part == (206, FILES[name][1:4])
        reply = await one.stream.open(f"{folder}/{name}", ask())
        assert isinstance(reply, MediaReply)
        assert reply.cache is not None
        assert reply.cache.hit


async def test_an_entry_that_is_the_media_playlist_plays(machine: Machine) -> None:
    """Its resources are in the folder `main`."""
    async with origin() as upstream:
        url = serving(upstream, ladder=VOD)
        async with machine.program(url) as one:
            await one.playlist()
            await one.media("main/s1.mp4")
    async with machine.program(url) as one:
        assert await one.media("main/s1.mp4") == (200, FILES["s1.mp4"])
        assert "#EXT-X-ENDLIST" in await one.playlist()


async def test_files_that_are_not_kept_are_fetched(
    machine: Machine, upstream: Origin
) -> None:
    """A rendition or a segment that nobody has played yet."""
    url = serving(upstream)
    async with machine.program(url) as one:
        rendition = (await one.playlist()).splitlines()[-1]
        await one.playlist(rendition)
    async with machine.program(url) as one:
        asked = len(upstream.asked)
        await one.playlist()
        assert len(upstream.asked) == asked
        await plays(one)
    assert upstream.count("/s1.mp4") == 1


async def test_a_file_that_cannot_be_fetched_is_an_error(machine: Machine) -> None:
    """It is the upstream's error, and not an unknown name."""
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            rendition = (await one.playlist()).splitlines()[-1]
            await one.playlist(rendition)
    folder = rendition.rpartition("/")[0]
    async with machine.program(url) as one:
        with pytest.raises(UnreachableError):
            await one.patiently(one.media(f"{folder}/s1.mp4"))


async def test_an_encrypted_recording_needs_its_upstream(machine: Machine) -> None:
    """Its key is never on the disk, and the error says so."""
    vod = VOD.replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="k.key"\n#EXTINF', 1)
    async with origin() as upstream:
        url = serving(upstream, vod=vod)
        upstream.says("/k.key", b"0123456789abcdef")
        async with machine.program(url) as one:
            await plays(one)
            rendition = (await one.playlist()).splitlines()[-1]
            text = await one.playlist(rendition)
            key = text.split('URI="../')[1].split('"')[0]
            assert (await one.media(key))[1] == b"0123456789abcdef"
        async with machine.program(url) as one:
            assert (await one.media(key))[1] == b"0123456789abcdef"
    assert not [p for p in files(machine) if b"0123456789abcdef" in p.read_bytes()]
    async with machine.program(url) as one:
        await plays(one)
        with pytest.raises(KeyNotKeptError, match="keys are never kept on a disk"):
            await one.patiently(one.media(key))
        with pytest.raises(UnreachableError) as other:
            await one.patiently(one.media("common/key-abcdefghijkl.bin"))
        assert not isinstance(other.value, KeyNotKeptError)


async def test_nothing_of_a_live_stream_is_on_the_disk(
    machine: Machine, upstream: Origin
) -> None:
    """Neither playlists nor media; after a restart they are fetched again."""
    url = serving(upstream, vod=VOD.replace("#EXT-X-ENDLIST\n", ""))
    for number in (1, 2):
        async with machine.program(url) as one:
            rendition = (await one.playlist()).splitlines()[-1]
            await one.playlist(rendition)
            folder = rendition.rpartition("/")[0]
            assert await one.media(f"{folder}/s1.mp4") == (200, FILES["s1.mp4"])
        assert upstream.count("/v.m3u8") == upstream.count("/s1.mp4") == number
    assert not files(machine)


async def test_no_address_and_no_token_is_on_the_disk(machine: Machine) -> None:
    """A thief of the card learns neither."""
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            await plays(one)
    host = url.partition("://")[2].partition("/")[0].encode()
    assert files(machine)
    for path in files(machine):
        data = path.read_bytes()
        assert host not in data
        assert b"TOKEN" not in data

"""Only undamaged files of the requested recording are served."""

import pytest

from proxy.errors import UnreachableError
from tests.streams.origin import origin
from tests.streams.test_offline.machine import (
    FILES,
    LADDER,
    VOD,
    WEEK,
    Machine,
    files,
    plays,
    plays_nothing,
    serving,
)


@pytest.mark.parametrize("how", ["cut", "flipped", "emptied"])
async def test_a_damaged_disk_never_serves_wrong_bytes(
    machine: Machine, how: str
) -> None:
    """Damaged files are fetched again; without an upstream there is an error."""
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            await plays(one)
            rendition = (await one.playlist()).splitlines()[-1]
        damage(machine, how)
        async with machine.program(url) as one:
            await plays(one)
        assert upstream.count("/s1.mp4") == 2
        damage(machine, how)
    async with machine.program(url) as one:
        await plays_nothing(one, rendition)


def damage(machine: Machine, how: str) -> None:
    """Damage each file on the disk."""
    for path in files(machine):
        data = path.read_bytes()
        match how:
            case "cut":
                path.write_bytes(data[:-1])
            case "flipped":
                path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
            case _:
                path.write_bytes(b"")


async def test_another_recording_with_the_same_name_is_kept_apart(
    machine: Machine,
) -> None:
    """The operator has configured another id; all names are equal."""
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            await plays(one)
        upstream.says("/other/v.m3u8", LADDER)
        upstream.says("/other/low.m3u8", VOD)
        others = {name: data[::-1] for name, data in FILES.items()}
        for name, data in others.items():
            upstream.says(f"/other/{name}", b"\0" + data)
        async with machine.program(f"{upstream.url}/other/v.m3u8") as one:
            rendition = (await one.playlist()).splitlines()[-1]
            await one.playlist(rendition)
            below = rendition.rpartition("/")[0]
            for name, data in others.items():
                assert await one.media(f"{below}/{name}") == (200, b"\0" + data)


async def test_a_recording_that_was_replaced_upstream_is_fetched_again(
    machine: Machine,
) -> None:
    """With the same names and other bytes: its playlist has another ETag."""
    async with origin() as upstream:
        url = serving(upstream)
        upstream.says("/low.m3u8", VOD, ETag='"1"')
        async with machine.program(url) as one:
            await plays(one)
        await machine.clock.advance(WEEK)
        upstream.says("/low.m3u8", VOD, ETag='"2"')
        upstream.says("/s1.mp4", b"\0new")
        async with machine.program(url) as one:
            rendition = (await one.playlist()).splitlines()[-1]
            await one.playlist(rendition)
            below = rendition.rpartition("/")[0]
            assert await one.media(f"{below}/s1.mp4") == (200, b"\0new")
    async with machine.program(url) as one:
        assert await one.media(f"{below}/s1.mp4") == (200, b"\0new")


async def test_a_selection_has_its_own_files(machine: Machine) -> None:
    """Names contain what a player has selected."""
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url, passing=frozenset({"lang"})) as one:
            rendition = (await one.playlist(query="lang=de")).splitlines()[-1]
            await one.playlist(rendition)
            below = rendition.rpartition("/")[0]
            assert below.endswith(".lang-de")
            await one.media(f"{below}/s1.mp4")
    async with machine.program(url, passing=frozenset({"lang"})) as one:
        assert "#EXT-X-ENDLIST" in await one.playlist(rendition)
        assert await one.media(f"{below}/s1.mp4") == (200, FILES["s1.mp4"])
        with pytest.raises(UnreachableError):
            await one.patiently(one.playlist(query="lang=en"))

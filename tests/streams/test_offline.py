"""Recordings play from the disk, and their platform is asked when necessary."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from proxy.core.tokens.token import KeptToken
from proxy.errors import (
    HlsAuthProxyError,
    KeyNotKeptError,
    RefusedError,
    StatusError,
    TokenUnavailableError,
    UnreachableError,
)
from proxy.replies import MediaReply, PlaylistReply
from proxy.store.disk import DiskStore
from proxy.store.memory import MemoryStore
from proxy.store.store import TieredStore
from proxy.streams.playlist_store import PlaylistStore
from tests.fake_clock import FakeClock
from tests.streams.built import Built, Tokens, ask, built
from tests.streams.origin import Origin, origin

MIB = 1024 * 1024
KEPT = 1 << 20
DAY = 86_400.0
WEEK = 7 * DAY
LADDER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nlow.m3u8\n"
HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
VOD = (
    f'{HEAD}#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\ns1.mp4\n#EXTINF:4,\ns2.mp4\n'
    "#EXT-X-ENDLIST\n"
)
FILES = {"init.mp4": b"\0init", "s1.mp4": b"\0one" * 100, "s2.mp4": b"\0two" * 100}


@dataclass
class Machine:
    """A machine with a disk; the program is started on it repeatedly."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    offline_seconds: float = WEEK
    trusted: bool = False

    @asynccontextmanager
    async def program(self, url: str, **more: Any) -> AsyncIterator[Built]:  # noqa: ANN401
        """Run the program; only the disk outlives it."""
        disk = DiskStore(
            self.folder,
            64 * MIB,
            most_waiting_bytes=16 * MIB,
            clock=self.clock,
            report=pytest.fail,
        )
        memory = MemoryStore(64 * MIB, largest_bytes=16 * MIB, most_files=100)
        store = TieredStore(memory, disk)
        kept = PlaylistStore(
            disk.documents, offline_seconds=self.offline_seconds, clock=self.clock
        )
        async with built(
            url,
            store=store,
            kept=kept,
            clock=self.clock,
            trusted=self.trusted,
            snapshot_bytes=KEPT,
            **more,
        ) as one:
            yield one
            await store.copied()
        await kept.close()
        await store.close()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine with an empty disk."""
    return Machine(tmp_path / "kept")


def serving(
    one: Origin, ladder: str = LADDER, vod: str = VOD, control: str = ""
) -> str:
    """Let an origin serve the recording; return the URL of its entry."""
    for path, text in (("/v.m3u8", ladder), ("/low.m3u8", vod)):
        if control:
            one.says(path, text, Cache_Control=control)
        else:
            one.says(path, text)
    for name, data in FILES.items():
        one.says(f"/{name}", data)
    return f"{one.url}/v.m3u8"


async def plays(one: Built) -> None:
    """Require that the whole recording plays."""
    rendition = (await one.playlist()).splitlines()[-1]
    text = await one.playlist(rendition)
    assert "#EXT-X-ENDLIST" in text
    folder = rendition.rpartition("/")[0]
    for name, data in FILES.items():
        assert await one.media(f"{folder}/{name}") == (200, data)


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


async def test_after_offline_for_the_platform_is_asked_before_more_is_played(
    machine: Machine, upstream: Origin
) -> None:
    """For the entry, for a rendition and for a segment in memory."""
    async with machine.program(serving(upstream)) as one:
        await plays(one)
        asked = len(upstream.asked)
        folder = (await one.playlist()).splitlines()[-1].rpartition("/")[0]
        await machine.clock.advance(WEEK)
        await one.media(f"{folder}/s1.mp4")
        assert upstream.asked[asked:] == ["/low.m3u8"]
        await plays(one)
        assert upstream.asked[asked:] == ["/low.m3u8", "/v.m3u8?token=TOKEN-1"]
        asked = len(upstream.asked)
        await machine.clock.advance(WEEK - 1)
        await plays(one)
        assert len(upstream.asked) == asked


@pytest.mark.parametrize("restarted", [False, True])
async def test_after_offline_for_nothing_plays_without_the_platform(
    machine: Machine,
    restarted: bool,  # noqa: FBT001 - both ways
) -> None:
    """Not even a segment in memory, however it is requested."""
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            await plays(one)
            rendition = (await one.playlist()).splitlines()[-1]
            if not restarted:
                upstream.says("/v.m3u8", "", status=503)
                upstream.says("/low.m3u8", "", status=503)
                await machine.clock.advance(WEEK)
                await plays_nothing(one, rendition)
                return
    await machine.clock.advance(WEEK)
    async with machine.program(url) as one:
        await plays_nothing(one, rendition)


async def plays_nothing(one: Built, rendition: str) -> None:
    """Require that each name gives an error."""
    folder = rendition.rpartition("/")[0]
    for path in ("index.m3u8", rendition, *(f"{folder}/{name}" for name in FILES)):
        with pytest.raises((UnreachableError, StatusError)):
            await one.patiently(one.stream.open(path, ask()))


@pytest.mark.parametrize("status", [401, 403, 410])
async def test_a_refusal_ends_offline_play_and_drops_kept_files(
    machine: Machine, upstream: Origin, status: int
) -> None:
    """It is not an outage. Later answers of the platform are kept again."""
    url = serving(upstream, control="max-age=60")
    async with machine.program(url) as one:
        await plays(one)
        rendition = (await one.playlist()).splitlines()[-1]
    assert files(machine)
    async with machine.program(url) as one:
        await plays(one)
        await machine.clock.advance(61)
        upstream.says("/v.m3u8", "", status=status)
        upstream.says("/low.m3u8", "", status=status)
        with pytest.raises(RefusedError):
            await one.playlist()
        folder = rendition.rpartition("/")[0]
        for path in ("index.m3u8", rendition, f"{folder}/s1.mp4"):
            with pytest.raises(HlsAuthProxyError):
                await one.stream.open(path, ask())
    assert not files(machine)
    async with machine.program(serving(upstream)) as one:
        await plays(one)
    assert files(machine)


def files(machine: Machine) -> list[Path]:
    """Return the files on the disk."""
    return [path for path in machine.folder.rglob("*") if path.is_file()]


def portal(_: web.Request) -> web.Response:
    """Answer like a hotel's login page."""
    text = "<!DOCTYPE html><html><title>Welcome</title></html>"
    return web.Response(text=text, content_type="text/html")


@pytest.mark.parametrize("how", ["gone", "503", "404", "portal", "silent"])
@pytest.mark.parametrize("restarted", [False, True])
async def test_caching_fields_are_respected_and_outages_bridged(
    machine: Machine,
    how: str,
    restarted: bool,  # noqa: FBT001 - both ways
) -> None:
    """While the upstream answers, it is asked once a minute; otherwise it plays on."""
    async with origin() as upstream:
        url = serving(upstream, control="max-age=60")
        async with machine.program(url) as one:
            await plays(one)
            await machine.clock.advance(50)
            await plays(one)
            assert upstream.count("/v.m3u8") == 1
            await machine.clock.advance(20)
            await plays(one)
            assert upstream.count("/v.m3u8") == upstream.count("/low.m3u8") == 2
            await machine.clock.advance(DAY)
            if not restarted and how != "gone":
                fail(upstream, how)
                await patiently_plays(one)
                return
        if how != "gone":
            fail(upstream, how)
            async with machine.program(url) as one:
                await patiently_plays(one)
            return
    async with machine.program(url) as one:
        await patiently_plays(one)


def fail(upstream: Origin, how: str) -> None:
    """Let the upstream fail in this way."""
    for path in ("/v.m3u8", "/low.m3u8"):
        if how == "portal":
            upstream.asks(path, portal)
        elif how == "silent":
            upstream.asks(path, hang)
        else:
            upstream.says(path, "", status=int(how))


async def hang(_: web.Request) -> web.Response:
    """Send nothing until the other side has left."""
    await asyncio.sleep(20)
    return web.Response()


async def patiently_plays(one: Built) -> None:
    """Require that it plays, and that a player never waits long."""
    rendition = ""
    for path in ("index.m3u8", "", *FILES):
        began = one.clock.mono()
        name = path if path == "index.m3u8" else rendition
        if path in FILES:
            name = f"{rendition.rpartition('/')[0]}/{path}"
        reply = await one.patiently(one.stream.open(name, ask()))
        assert one.clock.mono() - began <= 3
        if isinstance(reply, PlaylistReply) and not rendition:
            rendition = reply.body.decode().splitlines()[-1]
        if isinstance(reply, MediaReply):
            async with reply.answer as body:
                data = b"".join([chunk async for chunk in body.chunks()])
            assert data == FILES[path]


async def test_the_clock_of_a_machine_without_a_battery_may_go_back(
    tmp_path: Path,
) -> None:
    """It begins in 1970, and offline nothing sets it."""
    machine = Machine(tmp_path / "kept")
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            await plays(one)
    machine.clock = FakeClock(wall=0.0)
    async with machine.program(url) as one:
        await plays(one)


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


async def test_stale_media_plays_while_the_upstream_is_away(
    machine: Machine,
) -> None:
    """Also after a restart; the upstream is not awaited for each segment."""
    async with origin() as upstream:
        url = serving(upstream)
        for name, data in FILES.items():
            upstream.says(f"/{name}", data, Cache_Control="max-age=60")
        async with machine.program(url) as one:
            await plays(one)
    await machine.clock.advance(DAY)
    async with machine.program(url) as one:
        rendition = (await one.playlist()).splitlines()[-1]
        folder, began = rendition.rpartition("/")[0], one.clock.mono()
        for name, data in FILES.items():
            reply = await one.patiently(one.stream.open(f"{folder}/{name}", ask()))
            assert isinstance(reply, MediaReply)
            async with reply.answer as body:
                assert b"".join([chunk async for chunk in body.chunks()]) == data
            assert reply.cache is not None
            assert reply.cache.detail == "stale"
        assert one.clock.mono() - began <= 3


async def test_stale_media_is_requested_again_if_the_upstream_answers(
    machine: Machine, upstream: Origin
) -> None:
    """The recording goes on."""
    url = serving(upstream)
    for name, data in FILES.items():
        upstream.says(f"/{name}", data, Cache_Control="max-age=60")
    async with machine.program(url) as one:
        await plays(one)
    await machine.clock.advance(DAY)
    async with machine.program(url) as one:
        await plays(one)
    assert upstream.count("/s1.mp4") == 2


async def test_a_token_service_that_is_away_is_an_outage(machine: Machine) -> None:
    """It is behind the same line."""

    class Away(Tokens):
        async def token(self) -> KeptToken:
            raise TokenUnavailableError("the service is away", retry_after=1.0)

    async with origin() as upstream:
        url = serving(upstream, control="max-age=60")
        async with machine.program(url) as one:
            await plays(one)
        await machine.clock.advance(DAY)
        async with machine.program(url, keeper=Away()) as one:
            await patiently_plays(one)


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

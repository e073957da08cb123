"""One stream with its own lifetime: it owns all its resources, and closes them."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.app.lifetime import Lifetime
from proxy.app.sinks import Sinks
from proxy.app.surroundings import Surroundings
from proxy.app.unit import Unit, single_unit
from proxy.demo.keys import generate
from proxy.errors import StartError, UpstreamError
from proxy.settings import Settings
from proxy.streams.snapshot_store import SnapshotStore
from tests.app.around import surroundings
from tests.fake_clock import FakeClock
from tests.streams.built import ask
from tests.streams.origin import Origin

Loaded = Callable[..., Settings]
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n#EXT-X-ENDLIST\n"
STREAM = (
    '[streams.lobby]\nurl = "{}/v.m3u8"\nplacement = [{{ query = "t" }}]\n'
    'token = {{ source = "static", value = "T" }}\n'
)


@pytest.fixture
def around(loaded: Loaded, upstream: Origin, clock: FakeClock) -> Surroundings:
    """Return what all parts share, with room for snapshots."""
    shared = surroundings(loaded(STREAM.format(upstream.url)), clock=clock)
    shared.caches.snapshots.kept = SnapshotStore(1 << 20).kept
    return shared


def unit(around: Surroundings) -> Unit:
    """Build the stream."""
    return single_unit(
        "lobby",
        around.settings.streams["lobby"],
        Sinks().of_stream("lobby"),
        around,
        local="lobby",
        lifetime=Lifetime(),
    )


async def test_its_token_is_kept_while_it_runs(
    around: Surroundings, clock: FakeClock
) -> None:
    """Without any request; nothing runs afterwards."""
    before = asyncio.all_tasks()
    async with unit(around) as one:
        await clock.settle()
        assert one.keeper is not None
        assert one.keeper.usable
        assert asyncio.all_tasks() > before
    await clock.settle()
    assert asyncio.all_tasks() == before


async def test_snapshots_of_a_stream_end_with_it(
    around: Surroundings, upstream: Origin
) -> None:
    """A new stream of the same name asks the upstream; another stream keeps its own."""
    upstream.says("/v.m3u8", MEDIA)
    async with unit(around) as beside:
        await beside.stream.open("index.m3u8", ask())
        async with unit(around) as one:
            for _ in range(2):
                await one.stream.open("index.m3u8", ask())
            assert (len(upstream.asked), len(around.caches.snapshots.kept)) == (2, 2)
            assert len(around.caches.editions.kept) == 2
        assert (
            len(around.caches.snapshots.kept) == len(around.caches.editions.kept) == 1
        )
        await beside.stream.open("index.m3u8", ask())
        assert len(upstream.asked) == 2
    assert len(around.caches.snapshots.kept) == len(around.caches.editions.kept) == 0


async def test_its_connections_end_with_it(
    around: Surroundings, upstream: Origin
) -> None:
    """Later requests fail, and open none."""
    upstream.says("/v.m3u8", MEDIA)
    async with unit(around) as one:
        await one.stream.open("index.m3u8", ask())
    with pytest.raises(UpstreamError):
        await one.stream.open("main/s1.ts", ask())


async def test_its_status_has_token_and_facts(
    around: Surroundings, upstream: Origin, clock: FakeClock
) -> None:
    """Its token, and what is known of the stream."""
    upstream.says("/v.m3u8", MEDIA)
    async with unit(around) as one:
        await clock.settle()
        await one.stream.open("index.m3u8", ask())
        status = one.status()
        assert (status.name, status.token_usable, status.names) == ("lobby", True, 2)
        assert status.token_seconds_left is None


async def test_a_stream_that_cannot_be_built_is_a_start_error(
    loaded: Loaded, tmp_path: Path
) -> None:
    """For example, its key file was deleted after the configuration was read."""
    key = tmp_path / "key.pem"
    key.write_text(generate().private_pem)
    key.chmod(0o600)
    settings = loaded(
        '[streams.lobby]\nurl = "https://h/v.m3u8"\nplacement = [{ query = "t" }]\n'
        '[streams.lobby.token]\nsource = "sign-jwt"\nkey_file = "key.pem"\n'
        'claims = { sub = "x" }\n'
    )
    key.unlink()
    with pytest.raises(StartError):
        unit(surroundings(settings))

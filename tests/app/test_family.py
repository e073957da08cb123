"""A family with its own lifetime; each of its members is a unit."""

import asyncio
import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from proxy.app.family import FamilyUnit
from proxy.app.lifetime import Lifetime
from proxy.app.sinks import Sinks
from proxy.app.surroundings import Surroundings
from proxy.clock import Clock, SystemClock
from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest
from proxy.errors import NameUnknownError
from proxy.replies import MediaReply, PlaylistReply
from proxy.settings import Settings
from proxy.streams.snapshot_store import SnapshotStore
from tests.app.around import NoService, surroundings
from tests.fake_clock import FakeClock
from tests.streams.built import ask
from tests.streams.origin import Origin

Loaded = Callable[..., Settings]
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n#EXT-X-ENDLIST\n"
BOUND = 50
FAMILY = f"""
[limits]
family_members = {BOUND}
new_members_per_minute = 100000
[streams.all]
url = "{{}}/v.m3u8?id={{{{id}}}}"
placement = [{{{{ query = "t" }}}}]
[streams.all.token]
source = "http"
url = "https://id.test/{{{{id}}}}"
headers = {{{{ A = "{{{{token}}}}" }}}}
expires_in = "/in"
[streams.all.token.using]
source = "http"
url = "https://id.test/login/{{{{id}}}}"
expires_in = "/in"
"""


class Service(NoService):
    """A token service without sockets."""

    def __init__(self, clock: Clock) -> None:
        self.asked = 0
        self._clock = clock

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Return a token that names the path."""
        self.asked += 1
        path = request.url.rpartition("/")[2]
        body = f'{{"token": "{path}", "in": 3600}}'.encode()
        return ServiceReply(
            status=200, headers=(), body=body, sent=self._clock.wall(), seconds=0.0
        )


def family(around: Surroundings) -> FamilyUnit:
    """Build the family."""
    return FamilyUnit(
        "all",
        around.settings.streams["all"],
        Sinks().of_stream("lobby"),
        around,
        lifetime=Lifetime(),
    )


@dataclass(frozen=True, slots=True)
class Used:
    """The resources that the process uses."""

    tasks: int
    descriptors: int
    objects: int
    shared: tuple[int, ...]
    """Payers, snapshots, editions: shared by all streams."""

    @classmethod
    def now(cls, around: Surroundings) -> "Used":
        """Count them now."""
        gc.collect()
        folder = Path("/proc/self/fd")
        return cls(
            len(asyncio.all_tasks()),
            len(os.listdir(folder)) if folder.exists() else 0,  # noqa: PTH208 - a count
            len(gc.get_objects()),
            (
                len(around.services.payers),
                len(around.caches.snapshots.kept),
                len(around.caches.editions.kept),
            ),
        )


async def test_ten_thousand_members_leave_nothing_behind(
    loaded: Loaded, upstream: Origin
) -> None:
    """Each had a token, a payer for it, a playlist and a snapshot."""
    upstream.says("/v.m3u8", MEDIA)
    clock = SystemClock()
    service = Service(clock)
    around = surroundings(
        loaded(FAMILY.format(upstream.url)), clock=clock, client=service
    )
    around.caches.snapshots.kept = SnapshotStore(1 << 26).kept
    async with family(around) as one:
        used = list[Used]()
        for number in range(10_000):
            member = await one.family.member(f"m{number}")
            reply = await member.open("index.m3u8", ask())
            assert isinstance(reply, PlaylistReply)
            upstream.asked.clear()
            upstream.headers.clear()
            if number in {1999, 9999}:
                used.append(Used.now(around))
    early, late = used
    assert service.asked == 20_000
    assert late.shared == early.shared == (BOUND, BOUND, BOUND)
    assert late.tasks <= early.tasks
    assert late.descriptors <= early.descriptors
    # 8,000 more members cost less than two members do.
    assert late.objects - early.objects < 2 * early.objects / 1000
    assert Used.now(around).shared == (0, 0, 0)


async def test_an_evicted_member_ends_with_its_last_request(
    loaded: Loaded, upstream: Origin, clock: FakeClock
) -> None:
    """A player in the middle of a segment gets the rest of it."""
    upstream.says("/v.m3u8", MEDIA)
    upstream.says("/s1.ts", b"\0" + bytes(1 << 20))
    text = FAMILY.format(upstream.url).replace(f"members = {BOUND}", "members = 1")
    around = surroundings(loaded(text), clock=clock, client=Service(clock))
    async with family(around) as one:
        member = await one.family.member("a")
        member.usage.begin()
        await member.open("index.m3u8", ask())
        reply = await member.open("main/s1.ts", ask())
        assert isinstance(reply, MediaReply)
        await one.family.member("b")
        await clock.settle()
        assert len(around.services.payers) == 2
        async with reply.answer as body:
            size = sum([len(chunk) async for chunk in body.chunks()])
        assert size == (1 << 20) + 1
        member.usage.end()
        await clock.settle()
        assert len(around.services.payers) == 1


async def test_a_family_that_has_ended_creates_no_member(
    loaded: Loaded, upstream: Origin, clock: FakeClock
) -> None:
    """Even for a player that was waiting for one."""
    text = FAMILY.format(upstream.url)
    around = surroundings(loaded(text), clock=clock, client=Service(clock))
    async with family(around) as one:
        await one.family.member("a")
    with pytest.raises(NameUnknownError):
        await one.family.member("b")


async def test_an_invalid_id_leaves_nothing_open(
    loaded: Loaded, upstream: Origin, clock: FakeClock
) -> None:
    """Nothing was built for it."""
    text = FAMILY.format(upstream.url)
    around = surroundings(loaded(text), clock=clock, client=Service(clock))
    async with family(around) as one:
        with pytest.raises(NameUnknownError):
            await one.family.member("..")
        assert len(around.services.payers) == 0

"""Which platform answers which request."""

import random

import m3u8
import pytest

from proxy.demo.keys import KeyPair, generate
from proxy.demo.media import Container
from proxy.demo.origin import DemoOrigin, OriginSettings
from proxy.demo.record import UNKNOWN
from tests.demo.visitor import EDGE, FRONT, Visitor
from tests.fake_clock import FakeClock

HOUSES = ("fastpix", "cloudflare", "bearer")
STREAMS = [
    *(f"ll-{house}" for house in HOUSES),
    *(f"{house}-{kind}" for house in HOUSES for kind in ("vod", "live")),
]


@pytest.mark.parametrize("stream", STREAMS)
async def test_each_platform_answers_for_its_streams(
    visitor: Visitor, stream: str
) -> None:
    """The path decides, and requests are recorded under the stream's name."""
    fetched = await visitor.fetch(visitor.entry_url(stream))

    assert fetched.status == 200
    assert m3u8.loads(fetched.body.decode()).is_variant
    assert {stream} == visitor.origin.record().streams.keys()


@pytest.mark.parametrize("path", ["/", "/x", "/x/y", "/a/b/c.m3u8", "//", "/bearer/x"])
def test_a_path_of_no_platform_is_not_found(visitor: Visitor, path: str) -> None:
    """It is recorded as unknown."""
    assert visitor.get(f"{FRONT}{path}").status == 404
    assert visitor.origin.record().stream(UNKNOWN).requests == 1


async def test_its_platforms_accept_current_keys(
    visitor: Visitor, pair: KeyPair
) -> None:
    """A withdrawn key opens nothing."""
    urls = [visitor.entry_url(f"{name}-vod") for name in HOUSES]
    visitor.origin.accept(generate().public_pem)
    assert {(await visitor.fetch(url)).status for url in urls} == {401}
    visitor.origin.accept(pair.public_pem)
    assert {(await visitor.fetch(url)).status for url in urls} == {200}


async def test_live_streams_have_been_running(visitor: Visitor) -> None:
    """For ten minutes: a full window, and sequence numbers above zero."""
    fetched = await visitor.fetch(f"{FRONT}/bearer/demo-live/360p/index.m3u8")
    playlist = m3u8.loads(fetched.body.decode())

    assert len(playlist.segments) == 6
    assert (playlist.media_sequence, playlist.discontinuity_sequence) == (306, 30)


async def test_live_streams_can_be_transport_streams(
    pair: KeyPair, clock: FakeClock
) -> None:
    """For FFmpeg, which otherwise warns at every reload."""
    settings = OriginSettings(pair.public_pem, live_container=Container.TS)
    rng = random.Random(1)  # noqa: S311 -- repeatable on purpose
    origin = DemoOrigin(settings, front_url=FRONT, edge_url=EDGE, clock=clock, rng=rng)
    visitor = Visitor(origin, pair, clock)
    token = visitor.token("demo-live")

    live = await visitor.fetch(f"{FRONT}/{token}/manifest/stream_t1_r1.m3u8")

    assert b"/360/seg_311.ts" in live.body
    assert b"EXT-X-MAP" not in live.body


async def test_a_request_that_waits_is_recorded_once(
    visitor: Visitor, clock: FakeClock
) -> None:
    """When it is answered; then the token is checked again."""
    url = f"{FRONT}/bearer/demo-ll/360p/index.m3u8?_HLS_msn=313"
    opens = f"Bearer {visitor.token('demo-ll', life=1)}"

    waits = visitor.get(url, authorization=opens)
    assert waits.again_at
    assert visitor.origin.record().requests == 0

    await clock.advance(waits.again_at - clock.wall())
    late = visitor.get(url, authorization=opens)

    assert (late.status, late.refusal) == (401, "expired token")
    assert visitor.origin.record().requests == 1

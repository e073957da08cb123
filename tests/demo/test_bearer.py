"""Protection by header."""

import random

import pytest

from proxy.demo import keys
from proxy.demo.media import Container
from proxy.demo.origin import DemoOrigin, OriginSettings
from proxy.demo.record import Refusal
from tests.demo.visitor import EDGE, FRONT, Visitor
from tests.fake_clock import FakeClock

BASE = f"{FRONT}/bearer/demo-vod"


@pytest.mark.parametrize(
    "rest",
    [
        "index.m3u8",
        "360p/index.m3u8",
        "subtitles/index.m3u8",
        "360p/0.ts",
        "180p/0.ts",
        "audio/0.ts",
        "subtitles/0.vtt",
        "key.bin",
    ],
)
def test_everything_needs_the_header(visitor: Visitor, rest: str) -> None:
    """With it everything opens; without it nothing does, not even the key."""
    token = visitor.token("demo-vod")
    without = visitor.get(f"{BASE}/{rest}")

    assert visitor.get(f"{BASE}/{rest}", authorization=f"Bearer {token}").status == 200
    assert (without.status, without.refusal) == (401, Refusal.MISSING_TOKEN)
    assert without.challenge.startswith("Bearer")


def test_refusals(visitor: Visitor) -> None:
    """Another scheme is not a token, a wrong token is bad, an old one has expired."""
    other, old = visitor.token("demo-live"), visitor.token("demo-vod", life=-1)
    for authorization, refusal in (
        ("Basic x", Refusal.MISSING_TOKEN),
        ("Bearer x", Refusal.BAD_TOKEN),
        (f"Bearer {other}", Refusal.BAD_TOKEN),
        (f"Bearer {old}", Refusal.EXPIRED_TOKEN),
    ):
        reply = visitor.get(f"{BASE}/index.m3u8", authorization=authorization)

        assert (401, refusal) == (reply.status, reply.refusal)


@pytest.mark.parametrize("rest", ["x", "x/index.m3u8", "x/0.ts", "360p/init.mp4"])
def test_missing_things_are_not_found(visitor: Visitor, rest: str) -> None:
    """Even with a valid token."""
    authorization = f"Bearer {visitor.token('demo-vod')}"

    assert visitor.get(f"{BASE}/{rest}", authorization=authorization).status == 404
    assert visitor.get(f"{FRONT}/bearer/x/index.m3u8").status == 404


def test_a_token_elsewhere_is_recorded(visitor: Visitor) -> None:
    """It belongs only in the header."""
    token = visitor.token("demo-vod")
    visitor.get(f"{BASE}/index.m3u8", authorization=f"Bearer {token}")
    visitor.get(f"{BASE}/index.m3u8?token={token}", authorization=f"Bearer {token}")

    record = visitor.origin.record().stream("bearer-vod")

    assert (record.requests, record.stray_tokens) == (2, 1)
    assert record.least_token_life == 3600.0


def test_it_can_be_in_fragmented_mp4(pair: keys.KeyPair, clock: FakeClock) -> None:
    """Then its playlists list init sections."""
    settings = OriginSettings(pair.public_pem, bearer_container=Container.FMP4)
    rng = random.Random(1)  # noqa: S311 -- repeatable on purpose
    origin = DemoOrigin(settings, front_url=FRONT, edge_url=EDGE, clock=clock, rng=rng)
    visitor = Visitor(origin, pair, clock)
    authorization = f"Bearer {visitor.token('demo-vod')}"
    for rendition in ("360p", "180p", "audio"):
        base = f"{BASE}/{rendition}"
        listed = visitor.get(f"{base}/index.m3u8", authorization=authorization)
        init = visitor.get(f"{base}/init.mp4", authorization=authorization)

        assert b'#EXT-X-MAP:URI="init.mp4"' in listed.body
        assert init.status == 200
        assert init.body[4:8] == b"ftyp"

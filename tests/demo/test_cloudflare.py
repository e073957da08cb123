"""Protection like that of Cloudflare Stream."""

import re

import m3u8
import pytest

from proxy.demo.record import UNKNOWN, Refusal
from tests.demo.visitor import FRONT, Visitor
from tests.fake_clock import FakeClock


def below(playlist_url: str, text: str) -> list[str]:
    """Return the absolute URLs of everything that a playlist lists."""
    parsed = m3u8.loads(text, uri=playlist_url)
    items = [*parsed.playlists, *parsed.media, *parsed.segments, *parsed.segment_map]
    keys = [key for key in parsed.keys if key]
    return [item.absolute_uri for item in (*items, *keys)]


def test_everything_is_below_the_token(visitor: Visitor) -> None:
    """Children are relative, so they inherit the token of their playlist."""
    entry = visitor.entry_url("cloudflare-live")
    playlists = below(entry, visitor.get(entry).body.decode())
    pieces = [
        url
        for playlist in playlists
        for url in below(playlist, visitor.get(playlist).body.decode())
    ]

    assert len(playlists) == 4
    assert len(pieces) == 4 * 6 + 3 + 1  # init sections and a key
    assert {200} == {visitor.get(url).status for url in pieces}
    assert "eyJ" not in visitor.get(playlists[0]).body.decode()


def test_the_revision_changes_at_every_load(visitor: Visitor) -> None:
    """The same playlist has another name each time; every name works."""
    entry = visitor.entry_url("cloudflare-vod")
    texts = [visitor.get(entry).body.decode() for _ in range(2)]

    assert texts[0] != texts[1]
    assert re.sub(r"_r\d+", "", texts[0]) == re.sub(r"_r\d+", "", texts[1])


async def test_the_token_is_checked_on_every_request(
    visitor: Visitor, clock: FakeClock
) -> None:
    """A segment is refused with an old token, and opens with a new one."""
    old = f"{FRONT}/{visitor.token('demo-vod', life=5)}/video/360/seg_0.mp4"
    assert visitor.get(old).status == 200
    await clock.advance(5.5)

    late = visitor.get(old)
    new = visitor.get(f"{FRONT}/{visitor.token('demo-vod')}/video/360/seg_0.mp4")

    assert (late.status, late.refusal) == (401, Refusal.EXPIRED_TOKEN)
    assert late.stream == "cloudflare-vod"
    assert new.status == 200


@pytest.mark.parametrize(
    ("part", "refusal", "stream"),
    [
        ("demo-vod", Refusal.MISSING_TOKEN, "cloudflare-vod"),
        ("demo-live", Refusal.MISSING_TOKEN, "cloudflare-live"),
        ("eyJ.e30.x", Refusal.BAD_TOKEN, UNKNOWN),
    ],
)
def test_refusals(visitor: Visitor, part: str, refusal: Refusal, stream: str) -> None:
    """The plain id is not a token."""
    reply = visitor.get(f"{FRONT}/{part}/manifest/video.m3u8")

    assert (401, refusal, stream) == (reply.status, reply.refusal, reply.stream)


@pytest.mark.parametrize(
    "rest",
    [
        "manifest/stream_t9_r1.m3u8",
        "manifest/x",
        "video/x/seg_1.mp4",
        "video/360/x.mp4",
    ],
)
def test_missing_things_are_not_found(visitor: Visitor, rest: str) -> None:
    """Even with a valid token, and with one for another video."""
    good, other = visitor.token("demo-vod"), visitor.token("other")

    assert visitor.get(f"{FRONT}/{good}/{rest}").status == 404
    assert visitor.get(f"{FRONT}/{other}/manifest/video.m3u8").status == 404


def test_a_token_elsewhere_is_recorded(visitor: Visitor) -> None:
    """It belongs only in the path."""
    entry = visitor.entry_url("cloudflare-vod")
    visitor.get(entry)
    visitor.get(f"{entry}?token={visitor.token('demo-vod')}")
    visitor.get(entry, authorization="Bearer x")

    assert visitor.origin.record().stream("cloudflare-vod").stray_tokens == 2

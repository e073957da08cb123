"""Protection like that of FastPix."""

import m3u8
import pytest

from proxy.demo.origin_exchange import OriginReply
from proxy.demo.record import Refusal, StreamRecord
from tests.demo.visitor import EDGE, FRONT, Visitor
from tests.fake_clock import FakeClock

ENTRY = f"{FRONT}/demo-vod.m3u8"


def links(reply: OriginReply) -> list[str]:
    """Return the URLs in a playlist, in order."""
    text = reply.body.decode()
    parsed = m3u8.loads(text)
    others = [media.uri for media in parsed.media] + [
        key.uri for key in parsed.keys if key
    ]
    return [*(line for line in text.split("\n") if line.startswith("http")), *others]


def test_a_token_opens_the_entry_and_nothing_else_needs_one(visitor: Visitor) -> None:
    """Everything on the other port opens by its URL."""
    entry = visitor.get(visitor.entry_url("fastpix-live"))
    playlists = [visitor.get(url) for url in links(entry)]
    pieces = [visitor.get(url) for playlist in playlists for url in links(playlist)]

    assert len(playlists) == 4
    assert len(pieces) == 4 * 6 + 1  # and a key
    assert {200} == {reply.status for reply in (entry, *playlists, *pieces)}
    assert all(url.startswith(EDGE) for url in links(entry))


def test_children_change_at_every_load(visitor: Visitor) -> None:
    """No URL comes twice, in the entry or below."""
    entries = [links(visitor.get(visitor.entry_url("fastpix-vod"))) for _ in range(2)]
    below = [links(visitor.get(entries[0][0])) for _ in range(2)]

    assert not set(entries[0]) & set(entries[1])
    assert not set(below[0]) & set(below[1])
    assert len({len(text) for text in below}) == 1


async def test_children_expire(visitor: Visitor, clock: FakeClock) -> None:
    """After 20 s a child is refused, with 403."""
    child = links(visitor.get(visitor.entry_url("fastpix-vod")))[0]
    await clock.advance(19.0)
    assert visitor.get(child).status == 200
    await clock.advance(1.5)

    late = visitor.get(child)

    assert (late.status, late.refusal) == (403, Refusal.EXPIRED_CHILD)


def test_refusals_of_the_entry(visitor: Visitor) -> None:
    """401, whatever is wrong with the token."""
    other, old = visitor.fastpix_token("x"), visitor.fastpix_token("demo-vod", life=-1)
    good = visitor.fastpix_token("demo-vod")
    for query, refusal in (
        ("", Refusal.MISSING_TOKEN),
        ("?token=", Refusal.MISSING_TOKEN),
        (f"?token={good}&token={good}", Refusal.MISSING_TOKEN),
        ("?token=x", Refusal.BAD_TOKEN),
        (f"?token={other}", Refusal.BAD_TOKEN),
        (f"?token={old}", Refusal.EXPIRED_TOKEN),
    ):
        reply = visitor.get(ENTRY + query)

        assert (401, refusal) == (reply.status, reply.refusal)


@pytest.mark.parametrize(
    "url",
    [
        f"{FRONT}/nobody.m3u8",
        f"{EDGE}/",
        f"{EDGE}/x",
        f"{EDGE}/x/stream_3.m3u8?cdn=cf&expires=1&signature=x",
    ],
)
def test_missing_things_are_not_found(visitor: Visitor, url: str) -> None:
    """An unknown id, and an invalid blob."""
    assert visitor.get(url).status == 404


@pytest.mark.parametrize("rest", ["stream_9.m3u8", "x", "video_9/1.m4s", "audio/x.m4s"])
def test_a_forged_child_is_refused_before_it_is_searched(
    visitor: Visitor, rest: str
) -> None:
    """Without a signature nobody learns what exists."""
    child = links(visitor.get(visitor.entry_url("fastpix-vod")))[0]
    blob, query = child.split("/")[3], child.partition("?")[2]

    reply = visitor.get(f"{EDGE}/{blob}/{rest}?{query}")

    assert (reply.status, reply.refusal) == (403, Refusal.FORGED_CHILD)


def test_the_life_of_the_token_is_recorded(visitor: Visitor) -> None:
    """The shortest time left when it was accepted; children count as requests."""
    token = visitor.fastpix_token("demo-vod", life=3)
    entry = visitor.get(f"{ENTRY}?token={token}")
    visitor.get(links(entry)[0])

    record = visitor.origin.record().stream("fastpix-vod")

    assert StreamRecord(requests=2, least_token_life=3.0) == record


def test_a_token_in_the_wrong_place_is_recorded(visitor: Visitor) -> None:
    """On the edge in any form; on the front anywhere except in the query."""
    token = visitor.fastpix_token("demo-vod")
    child = links(visitor.get(f"{ENTRY}?token={token}"))[0]
    visitor.get(f"{child}&token={token}")
    visitor.get(f"{child}&token=x")
    visitor.get(child, authorization="Bearer x")
    visitor.get(f"{ENTRY}?token={token}", authorization=f"Bearer {token}")

    record = visitor.origin.record().stream("fastpix-vod")

    assert (record.requests, record.stray_tokens) == (5, 4)

"""A composed platform: which requests are accepted or refused, and what is written."""

import pytest

from tests.providers.emulation.asks import CHILDREN, ENTRY, Ask, Reason, Role
from tests.providers.emulation.carriers import Cookies, Query
from tests.providers.emulation.checks import Known
from tests.providers.emulation.doors import GONE, Door
from tests.providers.emulation.layout import Layout
from tests.providers.emulation.links import (
    AsCookie,
    InQuery,
    Link,
    Page,
    Sessions,
    Signature,
)
from tests.providers.emulation.platform import Answered, Platform, answer
from tests.providers.emulation.programme import KEY, Piece, Programme, segment

NOW = 1_800_000_000.0
BASES = {"home": "http://home", "cdn": "http://cdn"}


def ask(target: str, host: str = "home", **headers: str) -> Ask:
    """Return a request."""
    path, _, query = target.partition("?")
    return Ask(host, path, query=query, headers=headers)


def known(*tokens: str) -> Known:
    """Return a check that accepts these tokens for a minute."""
    return Known(dict.fromkeys(tokens, NOW + 60))


def heard(platform: Platform, asked: Ask, now: float = NOW) -> Answered:
    """Return the answer."""
    return answer(platform, asked, now, BASES)


GUARDED = Platform(doors=(Door(Query(("token",)), known("t1"), statuses=GONE),))


@pytest.mark.parametrize(
    ("target", "now", "status", "reason"),
    [
        ("/live/index.m3u8?token=t1", NOW, 200, None),
        ("/live/360p/index.m3u8?token=t1", NOW, 200, None),
        ("/live/360p/seg3.ts?token=t1", NOW, 200, None),
        ("/live/key.bin?token=t1", NOW, 200, None),
        ("/live/360p/seg3.ts", NOW, 403, Reason.MISSING),
        ("/live/360p/seg3.ts?token=t2", NOW, 403, Reason.BAD),
        ("/live/360p/seg3.ts?token=t1", NOW + 60, 410, Reason.EXPIRED),
        ("/live/360p/seg99.ts?token=t1", NOW, 404, None),
        ("/live/720p/index.m3u8?token=t1", NOW, 404, None),
        ("/other", NOW, 404, None),
    ],
)
def test_a_request_is_judged_by_its_credential(
    target: str, now: float, status: int, reason: Reason | None
) -> None:
    """With the platform's own status for a refusal."""
    answered = heard(GUARDED, ask(target), now)
    assert (answered.reply.status, answered.reason) == (status, reason)


def test_the_bytes_belong_to_the_piece() -> None:
    """Each segment has its own."""
    one = heard(GUARDED, ask("/live/360p/seg3.ts?token=t1")).reply.body
    assert one == segment("360p", 3)
    assert one != segment("180p", 3) != segment("180p", 4)
    assert heard(GUARDED, ask("/live/key.bin?token=t1")).reply.body == KEY


def test_links_on_the_same_host_are_relative() -> None:
    """Relative to the playlist's path without its credential."""
    body = heard(GUARDED, ask("/live/360p/index.m3u8?token=t1")).reply.body
    assert b"\nseg0.ts\n" in body
    assert b'URI="../key.bin"' in body


def signing() -> Platform:
    """Return a platform that signs its children, which are on another host."""
    signature = Signature(20.0)
    signed = Query(("expires", "signature"), decoded=False)
    return Platform(
        doors=(
            Door(Query(("token",)), known("t1"), ENTRY),
            Door(signed, signature, CHILDREN, own=False),
        ),
        layout=Layout(
            playlist="/{blob}/list.m3u8",
            segment="/{blob}/{number}.ts",
            key="/{blob}/key.bin",
            hosts=dict.fromkeys(CHILDREN, ("cdn",)),
        ),
        signature=signature,
        writers=(signature.write,),
    )


def links(answered: Answered, base: str) -> list[str]:
    """Return the targets of the links in a playlist."""
    lines = answered.reply.body.decode().splitlines()
    return [line.removeprefix(base) for line in lines if line.startswith(base)]


def test_children_are_signed_and_on_another_host() -> None:
    """The signatures expire; on the first host the children are not found."""
    platform = signing()
    entry = heard(platform, ask("/live/index.m3u8?token=t1"))
    first, *_ = links(entry, "http://cdn")
    playlist = heard(platform, ask(first, "cdn"))
    assert playlist.reply.status == 200
    assert not playlist.door or not playlist.door.own
    (media, *_) = links(playlist, "http://cdn") or [""]
    assert media == ""  # on the same host, hence relative
    assert heard(platform, ask(first, "home")).reply.status == 404
    assert heard(platform, ask(first, "cdn"), NOW + 20).reason is Reason.EXPIRED
    assert heard(platform, ask(first.partition("?")[0], "cdn")).reason is Reason.MISSING


def test_a_session_replaces_the_token() -> None:
    """By cookie and in links: it alone opens the children."""
    sessions = Sessions(name="s")
    platform = Platform(
        doors=(
            Door(Query(("token",)), known("t1"), ENTRY),
            Door(Query(("s",)), sessions, CHILDREN, own=False),
            Door(Cookies(("s",)), sessions, CHILDREN, own=False),
        ),
        writers=(InQuery("s"),),
        issuer=sessions,
        gifts=(AsCookie("s"),),
    )
    entry = heard(platform, ask("/live/index.m3u8?token=t1"))
    ((_, cookie),) = entry.reply.headers
    assert f"s={entry.issued}".encode() in entry.reply.body
    child = ask("/live/360p/index.m3u8", cookie=cookie.partition(";")[0])
    assert heard(platform, child).reply.status == 200
    assert heard(platform, ask("/live/360p/index.m3u8?token=t1")).reason is (
        Reason.MISSING
    )
    playlist = heard(platform, ask(f"/live/360p/index.m3u8?s={entry.issued}"))
    assert f"seg0.ts?s={entry.issued}".encode() in playlist.reply.body
    assert playlist.reply.headers == ()


def test_a_request_may_be_redirected() -> None:
    """With a link of the platform's own."""

    def to_cdn(piece: Piece, page: Page) -> Link | None:
        del page
        return Link("cdn", "/x", "a=1") if piece.role is Role.ENTRY else None

    platform = Platform(moves=(to_cdn,))
    reply = heard(platform, ask("/live/index.m3u8")).reply
    assert (reply.status, reply.headers) == (302, (("Location", "http://cdn/x?a=1"),))


def test_a_live_stream_begins_at_its_time_and_moves_on() -> None:
    """Before that, the platform says that it is not ready."""
    platform = Platform(
        programme=Programme(segments=None), starts_at=NOW, not_started=412
    )
    assert heard(platform, ask("/live/index.m3u8"), NOW - 1).reply.status == 412
    assert heard(platform, ask("/live/index.m3u8")).reply.status == 200
    early = heard(platform, ask("/live/360p/index.m3u8")).reply.body
    late = heard(platform, ask("/live/360p/index.m3u8"), NOW + 15).reply.body
    assert b"#EXT-X-MEDIA-SEQUENCE:119999996\n" in early
    assert b"#EXT-X-MEDIA-SEQUENCE:119999997\n" in late
    assert b"ENDLIST" not in late

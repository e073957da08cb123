"""Tests of a playlist as HTTP."""

import gzip
import zlib

import pytest

from proxy.core.http.cache_status import CacheStatus
from proxy.replies import PlaylistReply
from proxy.web.playlist import accepts_gzip, playlist_reply
from tests.web.fakes import PLAYLIST, app, ask, lobby, raw, served

LONG = b"#EXTM3U\n" + b"#EXTINF:6,\nmain/seg.ts\n" * 200
PATH = "/lobby/index.m3u8"


def request(port: int, *, close: bool = False) -> bytes:
    """Return a request for the entry."""
    end = "Connection: close\r\n" if close else ""
    return f"GET {PATH} HTTP/1.1\r\nHost: localhost:{port}\r\n{end}\r\n".encode()


async def test_a_playlist_has_its_type_length_and_freshness() -> None:
    """Players recognise a playlist by its type; the upstream knows how fresh it is."""
    headers = (("Cache-Control", "max-age=2"), ("Age", "1"), ("Vary", "Origin"))
    stream = lobby(entry=PlaylistReply(PLAYLIST, headers))
    async with served(app(stream)) as port:
        heard = await ask(port, PATH)

    assert (heard.status, heard.body) == (200, PLAYLIST)
    assert heard.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert heard.headers["Content-Length"] == str(len(PLAYLIST))
    assert (heard.headers["Cache-Control"], heard.headers["Age"]) == ("max-age=2", "1")
    assert heard.headers.getall("Vary") == ["Accept-Encoding"]
    assert heard.headers["X-Content-Type-Options"] == "nosniff"
    assert heard.headers["Server"] == "hls-auth-proxy"


async def test_a_kept_playlist_shows_its_age() -> None:
    """Also in a 304; a fresh one has only what the upstream said."""
    kept = lobby(
        entry=PlaylistReply(PLAYLIST, (("Cache-Control", "max-age=9"),), age=4)
    )
    async with served(app(kept)) as port:
        heard = await ask(port, PATH)
        again = await ask(port, PATH, {"If-None-Match": heard.headers["ETag"]})
    async with served(app()) as port:
        fresh = await ask(port, PATH)

    assert (again.status, again.headers["Age"], heard.headers["Age"]) == (304, "4", "4")
    assert "Age" not in fresh.headers


@pytest.mark.parametrize("name", ["Date", "date"])
async def test_a_playlist_has_one_date(name: str) -> None:
    """The upstream's, from which Age is counted, in any spelling; otherwise ours."""
    said = "Tue, 24 Nov 2026 10:00:00 GMT"
    stream = lobby(entry=PlaylistReply(PLAYLIST, ((name, said),), age=4))
    async with served(app(stream)) as port:
        heard = await ask(port, PATH)
        # Depending on whether the connection is closed, the answer is sent in two ways.
        kept = await raw(port, request(port) + request(port, close=True))
    async with served(app()) as port:
        ours = await raw(port, request(port) + request(port, close=True))

    assert heard.headers.getall("Date") == [said]
    assert kept.lower().count(b"\r\ndate: ") == 2
    assert kept.count(said.encode()) == 2
    assert ours.count(b"\r\nDate: ") == 2


async def test_computed_parts_are_shared_by_all_players() -> None:
    """Digest, fields and the compressed form, which cost more than anything else."""
    kept = PlaylistReply(LONG, (), age=0)
    later = PlaylistReply(LONG, (), age=3, forms=kept.forms)
    zipped = {"Accept-Encoding": "gzip"}
    first, second = [await playlist_reply(one, zipped) for one in (kept, later)]

    assert first.body is second.body
    assert list(kept.forms) == [True]
    assert [reply.changing for reply in (first, second)] == [
        (("Age", "0"),),
        (("Age", "3"),),
    ]


async def test_a_playlist_shows_where_it_came_from() -> None:
    """So does a 304: one can see what the store did."""
    hit = CacheStatus(hit=True, ttl=3)
    stream = lobby(entry=PlaylistReply(PLAYLIST, (), age=2, cache=hit))
    async with served(app(stream)) as port:
        heard = await ask(port, PATH)
        known = {"If-None-Match": heard.headers["ETag"]}
        unchanged = await ask(port, PATH, known)

    for each in (heard, unchanged):
        assert each.headers["Cache-Status"] == "hls-auth-proxy; hit; ttl=3"
        assert each.headers["Age"] == "2"


async def test_head_has_the_same_head_and_no_body() -> None:
    """The length is that of the rewritten body."""
    async with served(app()) as port:
        get = await ask(port, PATH)
        head = await ask(port, PATH, method="HEAD")

    del get.headers["Date"], head.headers["Date"]
    assert (head.status, head.body) == (200, b"")
    assert head.headers == get.headers


async def test_a_known_playlist_is_not_sent_again() -> None:
    """The validator depends on the bytes, so it outlives every token."""
    async with served(app()) as port:
        first = await ask(port, PATH)
        tag = first.headers["ETag"]
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            heard = await ask(port, PATH, {"If-None-Match": known})
            assert (heard.status, heard.body) == (304, b"")
            assert heard.headers["ETag"] == tag
            assert "Content-Length" not in heard.headers
        changed = await ask(port, PATH, {"If-None-Match": '"other"'})

    assert changed.status == 200


async def test_other_bytes_have_another_validator() -> None:
    """A body with absolute references depends on the host of its request."""
    one = await playlist_reply(PlaylistReply(PLAYLIST), {})
    two = await playlist_reply(PlaylistReply(PLAYLIST + b"\n"), {})

    assert dict(one.headers)["ETag"] != dict(two.headers)["ETag"]


@pytest.mark.parametrize("factor", [1, 100], ids=["inline", "in a thread"])
async def test_a_long_playlist_is_compressed_on_request(factor: int) -> None:
    """Each coding has its own validator (RFC 9110 section 8.8.3.3)."""
    body = LONG * factor
    async with served(app(lobby(entry=PlaylistReply(body)))) as port:
        plain = await ask(port, PATH)
        zipped = await ask(port, PATH, {"Accept-Encoding": "deflate, gzip"})
        head = await ask(port, PATH, {"Accept-Encoding": "gzip"}, method="HEAD")

    assert plain.body == body
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.headers["Content-Length"] == str(len(zipped.body))
    assert gzip.decompress(zipped.body) == body
    assert len({plain.headers["ETag"], zipped.headers["ETag"]}) == 2
    assert head.headers["Content-Length"] == zipped.headers["Content-Length"]


async def test_a_short_playlist_is_not_compressed() -> None:
    """It would hardly get shorter."""
    reply = await playlist_reply(PlaylistReply(PLAYLIST), {"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in dict(reply.headers)
    with pytest.raises(zlib.error):
        zlib.decompress(reply.body, 31)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("gzip", True),
        ("GZIP;q=1.0", True),
        ("br, gzip ; q=0.5, *", True),
        ("x-gzip", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, br", False),
        ("notgzip", False),
        ("gzipped", False),
        ("*", False),
    ],
)
def test_gzip_is_sent_only_on_request(value: str, *, expected: bool) -> None:
    """A weight of 0 is a refusal (RFC 9110 section 12.4.2)."""
    assert accepts_gzip(value) is expected

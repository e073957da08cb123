"""The contract of HTTP: each sentence, over sockets, through the whole program."""

import gzip
import re
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from aiohttp import web

from tests.contract.whole import ENTRY, whole
from tests.web.fakes import Heard

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
SEGMENT = "#EXTINF:4,\ns.ts\n"
MEDIA = HEAD + SEGMENT
LOCAL = MEDIA.replace("s.ts", "main/s.ts").encode()
INNER = HEAD + "#EXTINF:4,\nreal.ts?signature=1\n"
TYPE = "application/vnd.apple.mpegurl"
PATH = "/lobby/main/s.ts"
TS = bytes(range(256)) * 4
ETAG = '"strong"'

Answer = Callable[[web.Request], web.Response]


def told(text: str | bytes, content_type: str = TYPE, **headers: str) -> Answer:
    """Return what answers with this body under this type."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named["Content-Type"] = content_type
    body = text.encode() if isinstance(text, str) else text
    return lambda _: web.Response(body=body, headers=named)


# -- Detection: by content, then by type, then by name.


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "text/plain", "video/mp2t", "application/octet-stream", TYPE, ""],
)
async def test_a_playlist_is_known_by_its_first_line(
    tmp_path: Path, content_type: str
) -> None:
    """Whatever the type says; it goes out under the one that players know."""
    async with whole(tmp_path) as one:
        one.origin.asks("/v.m3u8", told(MEDIA, content_type))
        heard = await one.get()
    assert (heard.status, heard.body) == (200, LOCAL)
    assert heard.headers["Content-Type"] == TYPE


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("\ufeff\r\n" + INNER, "video/mp2t"),
        (SEGMENT + "real.ts?signature=1\n", "Audio/X-MPEGURL; charset=utf-8"),
    ],
)
async def test_a_segment_may_turn_out_to_be_a_playlist(
    tmp_path: Path, body: str, content_type: str
) -> None:
    """By its bytes or by its type."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", told(body, content_type))
        await one.get()
        heard = await one.get(PATH)
    assert heard.headers["Content-Type"] == TYPE
    assert b"signature" not in heard.body
    assert b"main.s.ts.main/real-" in heard.body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_segment_that_redirects_to_a_playlist(
    tmp_path: Path, method: str
) -> None:
    """The player sees neither the redirect nor the upstream's references."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks(
            "/s.ts", lambda _: web.Response(status=301, headers={"Location": "/p.m3u8"})
        )
        one.origin.says("/p.m3u8", INNER)
        await one.get()
        heard = await one.get(PATH, method=method, Range="bytes=0-")
    assert (heard.status, heard.headers["Content-Type"]) == (200, TYPE)
    assert "Content-Range" not in heard.headers
    assert b"signature" not in heard.body
    assert (b"real-" in heard.body) is (method == "GET")


@pytest.mark.parametrize(
    ("pack", "coding"),
    [(gzip.compress, "gzip"), (brotli.compress, "br"), (zstd.compress, "zstd")],
)
async def test_a_coded_playlist_in_a_segments_place_is_seen(
    tmp_path: Path, pack: Callable[[bytes], bytes], coding: str
) -> None:
    """Also where nobody asked for a coding."""
    packed = pack(INNER.encode())
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", told(packed, "text/plain", Content_Encoding=coding))
        await one.get()
        heard = await one.get(PATH)
    assert heard.headers["Content-Type"] == TYPE
    assert b"real-" in heard.body


@pytest.mark.parametrize(
    ("name", "body"),
    [("s.ts", TS), ("x.m3u8?a", b"#EXTINF:4,\nreal.ts?signature=1\n")],
    ids=["media", "playlist"],
)
async def test_a_name_counts_where_the_first_byte_agrees(
    tmp_path: Path, name: str, body: bytes
) -> None:
    """Media behind any name is media; a headless playlist behind its name is one."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA.replace("s.ts", name))
        one.origin.asks(f"/{name.partition('?')[0]}", told(body, "text/plain"))
        local = (await one.get()).body.split()[-1].decode()
        heard = await one.get(f"/lobby/{local}")
    if body is TS:
        assert (heard.headers["Content-Type"], heard.body) == ("text/plain", TS)
    else:
        assert heard.headers["Content-Type"] == TYPE
        assert b"signature" not in heard.body


async def test_media_before_which_a_picture_stands_passes_raw(tmp_path: Path) -> None:
    """MPEG-TS behind a PNG of 70 bytes, under the type of one."""
    disguised = b"\x89PNG\r\n\x1a\n" + bytes(62) + TS
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA.replace("s.ts", "s.png"))
        one.origin.asks("/s.png", told(disguised, "image/png"))
        local = (await one.get()).body.split()[-1].decode()
        heard = await one.get(f"/lobby/{local}")
    assert (heard.headers["Content-Type"], heard.body) == ("image/png", disguised)
    assert local.endswith(".ts")


@pytest.mark.parametrize("body", ["<!DOCTYPE html><p>Sign in", "<p>CANARY</p>"])
async def test_a_page_in_a_playlists_place_is_a_refusal(
    tmp_path: Path, body: str
) -> None:
    """Its 200 says nothing: it is not passed on, and not called ready."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", body, kind="text/html")
        heard = await one.get()
    assert heard.status in {502, 503}
    assert b"<" not in heard.body
    assert "Proxy-Status" in heard.headers


@pytest.mark.parametrize(
    ("content_range", "plays"), [("bytes 0-{}/{}", True), ("bytes 0-9/{}", False)]
)
async def test_a_playlist_in_a_part_that_nobody_asked_for(
    tmp_path: Path, content_range: str, *, plays: bool
) -> None:
    """The whole of it plays, less is a failure; the player sees no part at all."""
    body = MEDIA if plays else MEDIA[:10]
    said = content_range.format(len(body) - 1, len(MEDIA)) if plays else ""
    said = said or content_range.format(len(MEDIA))
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", body, status=206, Content_Range=said)
        heard = await one.get(Range="bytes=0-", If_Range=ETAG)
    assert heard.status == (200 if plays else 502)
    assert "Content-Range" not in heard.headers
    assert not {"Range", "If-Range"} & one.origin.headers[-1].keys()


# -- Codings.


def deflated(body: bytes) -> bytes:
    """Return deflate as some servers mean it, without the zlib format around it."""
    coder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return coder.compress(body) + coder.flush()


CODED = [
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", deflated),
    ("br", brotli.compress),
    ("zstd", zstd.compress),
]


@pytest.mark.parametrize(("coding", "pack"), CODED)
async def test_a_playlist_may_come_coded(
    tmp_path: Path, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    """What can be decoded is asked for; the player gets what it asked for itself."""
    async with whole(tmp_path) as one:
        one.origin.asks(
            "/v.m3u8", told(pack(MEDIA.encode()), TYPE, Content_Encoding=coding)
        )
        heard = await one.get()
        one.origin.asks(
            "/v.m3u8", told(pack(MEDIA.encode())[:-3], TYPE, Content_Encoding=coding)
        )
        await one.clock.advance(60)
        cut = await one.get()
    assert (heard.status, heard.body) == (200, LOCAL)
    assert "Content-Encoding" not in heard.headers
    assert coding in one.origin.headers[0]["Accept-Encoding"].split(", ")
    assert (cut.status, "Proxy-Status" in cut.headers) == (502, True)


async def test_media_is_passed_on_as_it_is_coded(tmp_path: Path) -> None:
    """With the field that says so; identity is asked for."""
    packed = gzip.compress(b"WEBVTT\n", mtime=0)
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", told(packed, "text/vtt", Content_Encoding="gzip"))
        await one.get()
        heard = await one.get(PATH)
    assert (heard.headers["Content-Encoding"], heard.body) == ("gzip", packed)
    assert one.origin.headers[-1]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize(
    ("limit", "value", "extra"),
    [
        ("playlist_bytes", len(MEDIA), "#"),
        ("line_bytes", len("#EXT-X-TARGETDURATION:4"), "#" * 24),
        ("playlist_lines", 5, "#\n"),
    ],
)
async def test_s9_limits_are_met_and_not_passed(
    tmp_path: Path, limit: str, value: int, extra: str, *, past: bool
) -> None:
    """Size, length of a line and their number: as configured, and one past it."""
    settings = {"limits": f"{limit} = {value}"}
    async with whole(tmp_path, settings=settings) as one:
        one.origin.says("/v.m3u8", MEDIA + extra if past else MEDIA)
        heard = await one.get()
    assert heard.status == (502 if past else 200)


# -- Validators, HEAD, and gzip to players.


async def test_head_of_a_playlist_is_that_of_the_rewritten_one(tmp_path: Path) -> None:
    """Length and validator are those of what a GET would bring."""
    methods = set()
    said = told(HEAD + SEGMENT * 100, ETag='"upstream"', Accept_Ranges="bytes")

    def answer(request: web.Request) -> web.Response:
        methods.add(request.method)
        return said(request)

    async with whole(tmp_path) as one:
        one.origin.asks("/v.m3u8", answer)
        for accepted in ("identity", "gzip"):
            get = await one.get(Accept_Encoding=accepted)
            head = await one.get(method="HEAD", Accept_Encoding=accepted)
            assert (head.status, head.body) == (200, b"")
            for name in ("Content-Length", "ETag", "Content-Type", "Vary"):
                assert head.headers[name] == get.headers[name]
            assert int(get.headers["Content-Length"]) == len(get.body)
            assert get.headers["ETag"] != '"upstream"'
            assert "Accept-Ranges" not in get.headers
    assert methods == {"GET"}
    plain = gzip.decompress(get.body)
    assert plain.count(b"main/s.ts") == 100


async def test_a_playlist_that_is_known_is_a_304(tmp_path: Path) -> None:
    """By our own strong validator, with the same fields; the upstream hears nothing."""
    fields = {"Cache_Control": "max-age=1", "ETag": '"upstream"'}
    async with whole(tmp_path) as one:
        one.origin.asks("/v.m3u8", told(MEDIA, **fields))
        first = await one.get()
        tag = first.headers["ETag"]
        again = await one.get(If_None_Match=tag, If_Modified_Since="now")
        other = await one.get(If_None_Match='"upstream"')
    assert not tag.startswith("W/")
    assert (again.status, again.body, other.status) == (304, b"", 200)
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    sent = {name for ask in one.origin.headers for name in ask}
    assert not sent & {"If-None-Match", "If-Modified-Since"}


async def test_validators_of_media_are_the_upstreams(tmp_path: Path) -> None:
    """They cross in both directions."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", ranged)
        await one.get()
        heard = await one.get(PATH, If_None_Match=ETAG)
    assert (heard.status, heard.headers["ETag"], heard.body) == (304, ETAG, b"")


async def test_head_of_media_asks_head(tmp_path: Path) -> None:
    """The upstream's length and type, and not a byte of the body."""
    methods: list[str] = []

    def answer(request: web.Request) -> web.Response:
        methods.append(request.method)
        return ranged(request)

    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", answer)
        await one.get()
        heard = await one.get(PATH, method="HEAD")
        unknown = await one.get("/lobby/main/none.ts", method="HEAD")
    assert methods == ["HEAD"]
    assert (heard.status, heard.body) == (200, b"")
    assert heard.headers["Content-Length"] == str(len(TS))
    assert heard.headers["Content-Type"] == "video/x-own"
    assert unknown.status == 404


# -- Ranges.


def ranged(request: web.Request) -> web.Response:
    """Answer as RFC 9110 section 14 says, several ranges and If-Range included."""
    fields = {"ETag": ETAG, "Accept-Ranges": "bytes", "Content-Type": "video/x-own"}
    if request.headers.get("If-None-Match") == ETAG:
        return web.Response(status=304, headers=fields)
    asked = request.headers.get("Range")
    if asked is None or request.headers.get("If-Range", ETAG) != ETAG:
        return web.Response(body=TS, headers=fields)
    spans = [_span(part) for part in asked.removeprefix("bytes=").split(",")]
    if None in spans:
        fields["Content-Range"] = f"bytes */{len(TS)}"
        return web.Response(status=416, headers=fields)
    parts = [(f"bytes {a}-{b - 1}/{len(TS)}", TS[a:b]) for a, b in filter(None, spans)]
    if len(parts) == 1:
        fields["Content-Range"] = parts[0][0]
        return web.Response(status=206, headers=fields, body=parts[0][1])
    fields["Content-Type"] = "multipart/byteranges; boundary=B"
    body = b"".join(
        f"--B\r\nContent-Range: {said}\r\n\r\n".encode() + data + b"\r\n"
        for said, data in parts
    )
    return web.Response(status=206, headers=fields, body=body + b"--B--\r\n")


def _span(part: str) -> tuple[int, int] | None:
    first, _, last = part.partition("-")
    if not first:
        return max(0, len(TS) - int(last)), len(TS)
    begin, end = int(first), min(int(last or len(TS)), len(TS) - 1) + 1
    return (begin, end) if begin < len(TS) else None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": "bytes=0-0"}, 206),
        ({"Range": f"bytes={len(TS) - 1}-"}, 206),
        ({"Range": "bytes=5-9"}, 206),
        ({"Range": "bytes=-7"}, 206),
        ({"Range": "bytes=0-"}, 206),
        ({"Range": "bytes=7-9007199254740991"}, 206),
        ({"Range": f"bytes={len(TS)}-"}, 416),
        ({"Range": "bytes=0-1,5-9"}, 206),
        ({"Range": "bytes=5-9", "If-Range": ETAG}, 206),
        ({"Range": "bytes=5-9", "If-Range": '"old"'}, 200),
        ({}, 200),
    ],
)
async def test_i8_a_range_is_answered_as_the_origin_answers_it(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    """Status, fields and bytes, each of them exactly."""
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", ranged)
        await one.get()
        heard = await one.get(PATH, **named)
        direct = await one.direct("/s.ts", **named)
    assert heard.status == direct.status == status
    names = ["Content-Range"]
    if status != 416:
        names += ["Content-Length", "Content-Type", "Accept-Ranges", "ETag"]
        assert heard.body == direct.body
    for name in names:
        assert heard.headers.get(name) == direct.headers.get(name)


async def test_i8_an_origin_that_knows_no_ranges_answers_whole(tmp_path: Path) -> None:
    """Its 200 stays a 200."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.says("/s.ts", TS)
        await one.get()
        heard = await one.get(PATH, Range="bytes=5-9")
    assert (heard.status, heard.body) == (200, TS)
    assert "Content-Range" not in heard.headers


# -- Fields that stay behind, and CORS.

UPSTREAMS_OWN = {
    "Set_Cookie": "a=CANARY",
    "Alt_Svc": 'h3=":443"',
    "Strict_Transport_Security": "max-age=1",
    "Content_Security_Policy": "default-src 'none'",
    "Clear_Site_Data": '"*"',
    "NEL": "{}",
    "Report_To": "{}",
    "Link": "<https://cdn.example/CANARY>; rel=preload",
    "Content_Location": "/CANARY",
    "Refresh": "1; url=/CANARY",
    "Content_MD5": "x",
    "Digest": "x",
    "Content_Digest": "x",
    "Repr_Digest": "x",
    "Access_Control_Allow_Origin": "*",
    "Access_Control_Allow_Credentials": "true",
    "WWW_Authenticate": "Basic",
    "X_Own": "x",
    "Connection": "X-Custom",
}
FRESHNESS = {
    "Cache_Control": "max-age=3",
    "Expires": "Thu, 01 Jan 2026 00:00:00 GMT",
    "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
    "Age": "2",
    "Last_Modified": "Thu, 01 Jan 2025 00:00:00 GMT",
}


@pytest.mark.parametrize("path", [ENTRY, PATH])
@pytest.mark.parametrize("status", [200, 404])
async def test_what_is_the_upstreams_own_stays_behind(
    tmp_path: Path, path: str, status: int
) -> None:
    """On playlists, on media and on failures; how fresh it is crosses."""
    async with whole(tmp_path) as one:
        own = UPSTREAMS_OWN if status != 200 else UPSTREAMS_OWN | FRESHNESS
        one.origin.asks("/v.m3u8", told(MEDIA, **(own if path == ENTRY else {})))
        named = {name.replace("_", "-"): value for name, value in own.items()}
        one.origin.asks(
            "/s.ts", lambda _: web.Response(body=TS, status=status, headers=named)
        )
        heard = await one.get(ENTRY)
        if path != ENTRY:
            heard = await one.get(path)
    for name in UPSTREAMS_OWN.keys() - {"Connection"}:
        assert UPSTREAMS_OWN[name] != heard.headers.get(name.replace("_", "-"))
    assert "CANARY" not in str(heard)
    if heard.status == 200 and (path != ENTRY or status == 200):
        for name, value in FRESHNESS.items():
            assert heard.headers[name.replace("_", "-")] == value


PAGE = "https://tv.example.com"
LISTED = f'cors_origins = ["{PAGE}"]'


def allows(heard: Heard) -> bool:
    """Tell whether a browser would let the page read the answer."""
    given = heard.headers.getall("Access-Control-Allow-Origin", [])
    return given == [PAGE] and "Origin" in heard.headers.getall("Vary", [])


async def test_a_listed_page_may_read_whatever_is_answered(tmp_path: Path) -> None:
    """Playlist, 304, part, 416, 404: with our own fields, exactly once."""
    fields = {"Access_Control_Allow_Origin": "*", "Vary": "Origin"}
    async with whole(tmp_path, server=LISTED) as one:
        one.origin.asks("/v.m3u8", told(MEDIA, **fields))
        one.origin.asks("/s.ts", ranged)
        playlist = await one.get(Origin=PAGE)
        answers = [
            playlist,
            await one.get(Origin=PAGE, If_None_Match=playlist.headers["ETag"]),
            await one.get(PATH, Origin=PAGE, Range="bytes=0-9"),
            await one.get(PATH, Origin=PAGE, Range="bytes=9999-"),
            await one.get("/lobby/main/none.ts", Origin=PAGE),
        ]
    assert [heard.status for heard in answers] == [200, 304, 206, 416, 404]
    assert all(map(allows, answers))
    exposed = playlist.headers["Access-Control-Expose-Headers"].split(", ")
    wanted = {"Content-Length", "Content-Range", "Date", "Age", "ETag", "Retry-After"}
    assert wanted <= set(exposed)


async def test_a_preflight_lets_players_send_what_they_send(tmp_path: Path) -> None:
    """And no page that is not listed; the upstream is not asked."""
    asks = {"Access_Control_Request_Method": "GET"}
    async with whole(tmp_path, server=LISTED) as one:
        heard = await one.get(PATH, method="OPTIONS", Origin=PAGE, **asks)
        evil = "https://evil.example"
        foreign = await one.get(PATH, method="OPTIONS", Origin=evil, **asks)
    assert (heard.status, allows(heard)) == (204, True)
    allowed = re.split(", ?", heard.headers["Access-Control-Allow-Headers"])
    cmcd = {f"CMCD-{sort}" for sort in ("Object", "Request", "Session", "Status")}
    assert {"Range", "If-Range", "X-PLAYBACK-SESSION-ID"} | cmcd <= set(allowed)
    assert "HEAD" in heard.headers["Access-Control-Allow-Methods"]
    assert foreign.status == 403
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert one.origin.asked == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
async def test_no_other_method_is_answered(tmp_path: Path, method: str) -> None:
    """Licences are out of reach, and nothing here changes anything."""
    async with whole(tmp_path) as one:
        heard = await one.get(method=method)
    assert (heard.status, heard.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert one.origin.asked == []


# -- Documents that playlists refer to.


async def test_an_asset_list_is_json_for_one_player(tmp_path: Path) -> None:
    """Local, never kept, and the same by HEAD; whatever type the upstream gave it."""
    assets = '{"ASSETS":[{"URI":"ad.m3u8","DURATION":15.0}]}'
    dates = '#EXT-X-DATERANGE:ID="a",X-ASSET-LIST="/list.json"\n'
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", HEAD + dates + SEGMENT)
        one.origin.asks("/list.json", told(assets, "text/plain"))
        entry = (await one.get()).body.decode()
        path = "/lobby/" + entry.split('X-ASSET-LIST="')[1].split('"')[0]
        heard, head = await one.get(path), await one.get(path, method="HEAD")
    assert (heard.status, head.status) == (200, 200)
    assert heard.headers["Content-Type"] == "application/json"
    assert heard.headers["Cache-Control"] == "no-store"
    assert f'"URI": "http://127.0.0.1:{one.port}/lobby/common/ad-' in (
        heard.body.decode().replace('":"', '": "')
    )
    assert b'"DURATION":15.0' in heard.body
    assert head.body == b""
    assert head.headers["Content-Length"] == str(len(heard.body))

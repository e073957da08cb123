"""Which fields, methods and pages are allowed, through the whole program."""

import re
from pathlib import Path

import pytest
from aiohttp import web

from tests.contract.http_cases import HEAD, MEDIA, PATH, SEGMENT, TS, ranged, told
from tests.contract.whole import ENTRY, whole
from tests.web.fakes import Heard

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
async def test_the_upstreams_own_fields_are_not_passed_on(
    tmp_path: Path, path: str, status: int
) -> None:
    """For playlists, media and failures; fields about freshness are passed on."""
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
    """Return whether a browser would let the page read the answer."""
    given = heard.headers.getall("Access-Control-Allow-Origin", [])
    return given == [PAGE] and "Origin" in heard.headers.getall("Vary", [])


async def test_a_page_in_cors_origins_may_read_every_answer(tmp_path: Path) -> None:
    """Playlist, 304, part, 416, 404: with our CORS fields, exactly once."""
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


async def test_a_preflight_allows_what_players_send(tmp_path: Path) -> None:
    """Not for pages that are not listed; nothing is sent upstream."""
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
async def test_only_get_and_head_are_allowed(tmp_path: Path, method: str) -> None:
    """Licences cannot be requested, and no request changes anything."""
    async with whole(tmp_path) as one:
        heard = await one.get(method=method)
    assert (heard.status, heard.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert one.origin.asked == []


async def test_an_asset_list_is_made_for_one_player(tmp_path: Path) -> None:
    """It is JSON, is never kept, and HEAD returns the same."""
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

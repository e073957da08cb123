"""Tests of which web pages are allowed."""

import pytest

from proxy.web.cors import Cors
from tests.web.fakes import app, ask, served

LISTED = "https://tv.example.com"
SITE = Cors(frozenset({LISTED}))
HOST = "127.0.0.1:8080"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": f"http://{HOST}"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": LISTED}, False),
        ({"Origin": f"https://{HOST}"}, False),
        ({"Origin": LISTED}, False),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "same-site", "Referer": "http://127.0.0.1:9/"}, True),
        ({"Sec-Fetch-Site": "same-site", "Referer": f"{LISTED}/"}, False),
        ({"Referer": f"{LISTED}/x"}, False),
        ({"Referer": f"http://{HOST}/"}, False),
        ({"Referer": "http://127.0.0.1:9090/"}, True),
        ({"Referer": "http://evil.example/"}, True),
        ({"Referer": "about:blank"}, True),
        ({"Referer": ""}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, True),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "https://tv.example.com.evil.example"}, True),
        ({"Origin": "http://tv.example.com"}, True),
        ({"Origin": "http://127.0.0.1:9090"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "null", "Referer": f"{LISTED}/"}, True),
    ],
)
def test_s11_foreign_pages_are_refused(
    headers: dict[str, str], *, expected: bool
) -> None:
    """Also by Origin alone: browsers omit the other fields on plain addresses."""
    assert SITE.refuses(headers, host=HOST) is expected


@pytest.mark.parametrize(
    ("referer", "expected"),
    [
        (f"{LISTED}/", False),
        (f"{LISTED}/kiosk?screen=7", False),
        (f"{LISTED}:443/", False),
        ("", True),
        ("https://evil.example/", True),
        (f"https://evil.example/?{LISTED}/", True),
        ("https://tv.example.com.evil.example/", True),
        ("https://tv.example.com@evil.example/", True),
        ("https://tv.example.com:8443/", True),
        ("http://tv.example.com/", True),
    ],
)
def test_s11_a_plain_video_is_recognised_by_its_referer(
    referer: str, *, expected: bool
) -> None:
    """It has no Origin; no page can forge the page that it is in."""
    headers = {"Sec-Fetch-Site": "cross-site", "Referer": referer}
    assert SITE.refuses(headers, host=HOST) is expected
    assert Cors().refuses(headers, host=HOST)
    foreign = headers | {"Origin": "https://evil.example"}
    assert SITE.refuses(foreign, host=HOST)


async def test_s11_no_origin_is_allowed_by_default() -> None:
    """A foreign page gets 403, and may not even read that."""
    async with served(app()) as port:
        heard = await ask(port, "/lobby/index.m3u8", {"Origin": LISTED})

    assert heard.status == 403
    assert "Access-Control-Allow-Origin" not in heard.headers


@pytest.mark.parametrize("path", ["/lobby/index.m3u8", "/lobby/none.ts", "/metrics"])
async def test_s11_a_listed_origin_is_repeated(path: str) -> None:
    """Exactly, also on errors, and caches learn that the answer differs."""
    async with served(app(origins=[LISTED])) as port:
        heard = await ask(port, path, {"Origin": LISTED})

    assert heard.headers["Access-Control-Allow-Origin"] == LISTED
    assert "Content-Range" in heard.headers["Access-Control-Expose-Headers"]
    assert "Origin" in heard.headers.getall("Vary")
    assert "Access-Control-Allow-Credentials" not in heard.headers


async def test_every_answer_tells_caches_that_origins_matter() -> None:
    """An answer without Origin must not be given to a page either."""
    async with served(app(origins=[LISTED])) as port:
        heard = await ask(port, "/lobby/index.m3u8")

    assert "Origin" in heard.headers.getall("Vary")
    assert "Access-Control-Allow-Origin" not in heard.headers


async def test_a_preflight_lists_what_players_send() -> None:
    """The browser asks before it sends a Range or CMCD."""
    headers = {"Origin": LISTED, "Access-Control-Request-Method": "GET"}
    async with served(app(origins=[LISTED])) as port:
        heard = await ask(port, "/lobby/main/seg1.ts", headers, method="OPTIONS")

    assert heard.status == 204
    assert heard.headers["Access-Control-Allow-Origin"] == LISTED
    assert "GET" in heard.headers["Access-Control-Allow-Methods"]
    allowed = heard.headers["Access-Control-Allow-Headers"]
    for name in ("Range", "If-Range", "X-PLAYBACK-SESSION-ID", "CMCD-Session"):
        assert name in allowed


async def test_options_without_an_origin_lists_the_methods() -> None:
    """Without an Origin, the answer says nothing about origins."""
    async with served(app(origins=[LISTED])) as port:
        heard = await ask(port, "/lobby/index.m3u8", method="OPTIONS")

    assert (heard.status, heard.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert "Access-Control-Allow-Methods" not in heard.headers

"""Tests of the way from a request to its answer."""

import base64

import pytest
from structlog.testing import capture_logs

from proxy import errors
from proxy.metrics import Metrics
from proxy.replies import RedirectReply
from proxy.streams.status import StreamStatus
from proxy.web.access import Access
from tests.web.fakes import PLAYLIST, FakeStream, app, ask, lobby, media, served

ENTRY = "/lobby/index.m3u8"
KEY = "0123456789abcdef"
UPSTREAM = "https://cdn.example/a.m3u8?token=canary"


async def test_a_stream_gets_the_parts_of_a_request() -> None:
    """Method, name, raw query, header fields and the base of absolute references."""
    stream = lobby(segment=media(b"abc"))
    async with served(app(stream)) as port:
        target = "/lobby/main/seg1.ts?_HLS_msn=3&x=%7e+%2F&&bare"
        await ask(port, target, {"Range": "bytes=0-"})
        await ask(port, ENTRY, method="HEAD")

    (path, asked), (entry, head) = stream.asked
    assert (path, entry) == ("main/seg1.ts", "index.m3u8")
    assert (asked.method, head.method) == ("GET", "HEAD")
    assert asked.query == "_HLS_msn=3&x=%7e+%2F&&bare"
    assert head.query == ""
    assert asked.headers["range"] == "bytes=0-"
    assert asked.base_url == f"http://127.0.0.1:{port}"


async def test_a_member_of_a_family_is_found_by_its_id() -> None:
    """The id is removed from the path; it appears in the log, but never in a label."""
    family = lobby()
    family.name = "fastpix"
    metrics = Metrics("0")
    site = app(family=family, metrics=metrics)
    with capture_logs() as logged:
        async with served(site) as port:
            heard = await ask(port, "/fastpix/4fa1/index.m3u8")

    assert heard.body == PLAYLIST
    assert family.asked[0][0] == "index.m3u8"
    assert site.site.streams.members == ["4fa1"]  # type: ignore[attr-defined]
    assert (logged[-1]["stream"], logged[-1]["name"]) == ("fastpix", "4fa1/index.m3u8")
    assert b"4fa1" not in metrics.render()


async def test_a_configured_public_url_is_used() -> None:
    """A front may serve us below a path."""
    stream = lobby()
    site = app(stream, public_url="https://tv.example.com/hls/", access=Access(key=KEY))
    async with served(site) as port:
        await ask(port, f"/{KEY}{ENTRY}")

    assert stream.asked[0][1].base_url == f"https://tv.example.com/hls/{KEY}"


@pytest.mark.parametrize(
    ("form", "location"),
    [
        (".m3u8", "lobby/index.m3u8?a=b"),
        ("", "lobby/index.m3u8?a=b"),
        ("/", "index.m3u8?a=b"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("key", [None, KEY])
async def test_a_short_form_redirects_to_the_entry(
    form: str, location: str, method: str, key: str | None
) -> None:
    """With the player's own query, and only if the stream exists."""
    stream, before = lobby(), f"/{key}" if key else ""
    async with served(app(stream, access=Access(key=key))) as port:
        heard = await ask(port, f"{before}/lobby{form}?a=b", method=method)
        none = await ask(port, f"{before}/none{form}", method=method)
        bare = await ask(port, f"/lobby{form}", method=method)

    assert (heard.status, none.status) == (302, 404)
    assert heard.headers["Location"] == location
    assert bare.status == (404 if key else 302)
    assert stream.asked == []


async def test_the_short_form_of_a_member_creates_none() -> None:
    """A member costs a token and a place; the redirect needs neither."""
    family = lobby()
    family.name = "fastpix"
    site = app(family=family)
    with capture_logs() as logged:
        async with served(site) as port:
            heard = await ask(port, "/fastpix/4fa1.m3u8?a=b")

    assert (heard.status, heard.headers["Location"]) == (302, "4fa1/index.m3u8?a=b")
    assert site.site.streams.members == []  # type: ignore[attr-defined]
    assert (logged[-1]["stream"], logged[-1]["name"]) == ("fastpix", "4fa1/index.m3u8")


@pytest.mark.parametrize(
    "target",
    [
        "/none/index.m3u8",
        "/livez/",
        "/favicon.ico",
        "/lobby/main/none.ts",
        "/lobby/none/index.m3u8",
        f"/{UPSTREAM}",
        "/https%3A%2F%2Fcdn.example%2Fa.m3u8",
        "/" + base64.urlsafe_b64encode(UPSTREAM.encode()).decode(),
        f"/lobby/{UPSTREAM}",
        f"/none/index.m3u8?url={UPSTREAM}",
    ],
)
async def test_s2_unknown_paths_get_404(target: str) -> None:
    """However an address is disguised, it names nothing; the answer repeats nothing."""
    headers = {"X-Forwarded-Host": "evil.example", "X-Original-URL": UPSTREAM}
    async with served(app()) as port:
        heard = await ask(port, target, headers)

    assert (heard.status, heard.body) == (404, b"404 Not Found\n")


@pytest.mark.parametrize(
    "path",
    [
        "/lobby/%2e%2e/lobby/index.m3u8",
        "/lobby/../lobby/index.m3u8",
        "/../lobby/index.m3u8",
        "/lobby%2findex.m3u8",
        "/lobby%5cindex.m3u8",
        "/lobby/index.m3u8%00",
        "//lobby/index.m3u8",
        "//evil.example/lobby/index.m3u8",
        "/lobby//index.m3u8",
        "/lobby\\index.m3u8",
    ],
)
async def test_s15_other_spellings_of_a_path_are_unknown(path: str) -> None:
    """Nothing is decoded or collapsed before the comparison."""
    stream = lobby()
    async with served(app(stream)) as port:
        heard = await ask(port, path)

    assert heard.status in (400, 404)
    assert stream.asked == []


async def test_the_key_is_required_for_everything_but_the_probes() -> None:
    """A wrong key looks like a wrong name."""
    async with served(app(access=Access(key=KEY))) as port:
        for path in (ENTRY, "/", "/metrics", "/status.json"):
            assert (await ask(port, f"/{KEY}{path}")).status == 200
            for wrong in ("", "/wrong", f"/{KEY}x"):
                heard = await ask(port, f"{wrong}{path}")
                assert (heard.status, heard.body) == (404, b"404 Not Found\n")
        assert (await ask(port, "/livez")).status == 200
        assert (await ask(port, "/readyz")).status == 200


@pytest.mark.parametrize(
    ("path", "content_type", "part"),
    [
        ("/", "text/html; charset=utf-8", b"/lobby/index.m3u8"),
        ("/livez", "text/plain", b"live"),
        ("/readyz", "text/plain", b"ready"),
        ("/metrics", "text/plain; version=", b"hls_auth_proxy_build_info"),
        ("/status.json", "application/json", b'"name": "lobby"'),
    ],
)
async def test_the_pages_of_the_program(
    path: str, content_type: str, part: bytes
) -> None:
    """Each has its type and is never cached."""
    async with served(app(statuses=[StreamStatus("lobby")])) as port:
        heard = await ask(port, path)

    assert heard.status == 200
    assert heard.headers["Content-Type"].startswith(content_type)
    assert heard.headers["Cache-Control"] == "no-store"
    assert part in heard.body


async def test_failures_become_answers() -> None:
    """Ours and the upstream's."""
    stream = lobby(
        entry=errors.TokenUnavailableError("canary", retry_after=3),
        segment=errors.StatusError("canary", status=404),
    )
    async with served(app(stream)) as port:
        entry = await ask(port, ENTRY)
        segment = await ask(port, "/lobby/main/seg1.ts")

    assert (entry.status, entry.headers["Retry-After"]) == (503, "3")
    assert segment.status == 404
    assert "WWW-Authenticate" not in entry.headers
    assert b"canary" not in entry.body


async def test_each_request_is_counted_and_logged_without_its_query() -> None:
    """By stream and status; an unknown stream appears in no label and no field."""
    metrics = Metrics("0")
    stream = lobby(segment=media(b"abcd"))
    with capture_logs() as logged:
        async with served(app(stream, metrics=metrics)) as port:
            await ask(port, "/lobby/main/seg1.ts?token=canary")
            await ask(port, "/canary/index.m3u8")
            await ask(port, f"/{UPSTREAM}")

    events = [event for event in logged if event["event"] == "request"]
    assert [event["stream"] for event in events] == ["lobby", None, None]
    assert (events[0]["name"], events[0]["bytes"]) == ("main/seg1.ts", 4)
    assert events[1]["problem"] == "unknown name"
    assert events[1]["detail"] == 'there is no stream "ca..." (6 characters)'
    text = metrics.render().decode()
    assert 'player_bytes_total{stream="lobby"} 4.0' in text
    assert 'player_requests_total{status_class="4xx",stream=""} 2.0' in text
    assert "canary" not in text + str(logged)


async def test_a_wrong_key_looks_like_a_wrong_stream_to_players() -> None:
    """The log distinguishes them, without the key that was tried."""
    access = Access(key="0123456789abcdefghijkl")
    with capture_logs() as logged:
        async with served(app(access=access)) as port:
            keyless = await ask(port, "/lobby/index.m3u8")
            wrong = await ask(port, "/0123456789abcdefghijkX/lobby/index.m3u8")
            stream = await ask(port, f"/{access.key}/nobody/index.m3u8")

    assert {keyless.status, wrong.status, stream.status} == {404}
    assert keyless.body == wrong.body == stream.body
    events = [event for event in logged if event["event"] == "request"]
    assert [event["problem"] for event in events] == [
        "wrong access key",
        "wrong access key",
        "unknown name",
    ]
    assert "0123456789" not in str(events)


class Broken(FakeStream):
    """A stream with a bug."""

    async def open(self, path: str, ask: object) -> None:  # type: ignore[override]
        """Fail as no stream should."""
        del ask
        raise KeyError(f"canary in {path}")


async def test_a_bug_is_logged_by_place_without_its_text() -> None:
    """The text of an unforeseen error may contain anything."""
    with capture_logs() as logged:
        async with served(app(Broken())) as port:
            heard = await ask(port, ENTRY)

    assert (heard.status, heard.body) == (500, b"500 Internal Server Error\n")
    (event,) = [event for event in logged if event["event"] == "request failed"]
    assert event["error"] == "KeyError"
    assert event["where"].startswith("test_app.py:")
    assert "canary" not in str(logged) + str(heard)


async def test_only_the_player_sees_where_media_is_redirected_to() -> None:
    """For GET and HEAD; neither the log nor a metric contains the URL."""
    url = "https://cdn.example/s1.ts?token=CANARY"
    page = "https://tv.example.com"
    metrics = Metrics("0")
    site = app(
        lobby(segment=RedirectReply(url)), metrics=metrics, origins=[page], hosts=["x"]
    )
    with capture_logs() as logged:
        async with served(site) as port:
            headers = {"Range": "bytes=0-9", "Origin": page}
            for method in ("GET", "HEAD"):
                heard = await ask(port, "/lobby/main/seg1.ts", headers, method=method)
                assert (heard.status, heard.body) == (302, b"")
                assert heard.headers["Location"] == url
                assert heard.headers["Access-Control-Allow-Origin"] == page
                assert heard.headers["Cache-Control"] == "no-store"
            foreign = {"Origin": "https://evil.example"}
            refused = await ask(port, "/lobby/main/seg1.ts", foreign)
            assert refused.status == 403
            assert "Location" not in refused.headers
    assert "CANARY" not in repr(logged)
    assert b"CANARY" not in metrics.render()


async def test_a_url_that_would_add_a_header_is_not_sent() -> None:
    """It comes from upstream."""
    url = "https://cdn.example/s1.ts\r\nSet-Cookie: a=b"
    async with served(app(lobby(segment=RedirectReply(url)))) as port:
        heard = await ask(port, "/lobby/main/seg1.ts")
    assert heard.status == 502
    assert "Set-Cookie" not in heard.headers

"""Sends requests with the current token; retries with a newer one if refused."""

from collections.abc import Callable

import pytest
from aiohttp import web

from proxy.core.http.answers import Statuses
from proxy.core.tokens.placing.path_placement import PathPrefix
from proxy.core.tokens.placing.placement import Header
from proxy.core.tokens.token import KeptToken
from proxy.errors import (
    ChildRefusedError,
    NotReadyError,
    PlayerRefusedError,
    RefusedError,
    StatusError,
    TokenUnavailableError,
    UpstreamError,
    said_by_upstream,
)
from proxy.fetch.stamping import OwnHeaders
from proxy.replies import MediaReply
from tests.streams.built import Tokens, ask, built
from tests.streams.origin import M3U8, Origin, origin

MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts\n#EXT-X-ENDLIST\n"


def only(token: str, status: int = 403) -> Callable[[web.Request], web.Response]:
    """Return an origin's handler that accepts only this token."""

    def decide(request: web.Request) -> web.Response:
        if request.query.get("token") == token:
            return web.Response(text=MEDIA, content_type=M3U8)
        return web.Response(status=status, text="<html>no</html>")

    return decide


async def test_r10_a_refused_token_is_followed_by_a_newer_one(upstream: Origin) -> None:
    """One refusal, one newer token, one retry: the player notices nothing."""
    upstream.asks("/v.m3u8", only("TOKEN-2"))
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert await one.playlist() == MEDIA.replace("s.ts", "main/s.ts")
    assert upstream.asked == ["/v.m3u8?token=TOKEN-1", "/v.m3u8?token=TOKEN-2"]
    assert one.tokens.refusals == 1
    assert one.tokens.accepted_ones == [2]


async def test_r10_a_final_refusal_causes_only_two_requests(
    upstream: Origin,
) -> None:
    """Two upstream requests for the player's one, then it fails."""
    upstream.asks("/v.m3u8", only("NEVER"))
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(RefusedError) as refused:
            await one.playlist()
    assert len(upstream.asked) == 2
    assert refused.value.status == 403


async def test_the_error_says_if_a_newer_token_was_refused_too(
    upstream: Origin,
) -> None:
    """For a static token there is no newer one."""
    upstream.asks("/v.m3u8", only("NEVER"))
    for last, told in ((None, True), (1, False)):
        async with built(f"{upstream.url}/v.m3u8") as one:
            one.tokens.last = last
            with pytest.raises(RefusedError, match="the upstream refused") as refused:
                await one.playlist()
        assert ("a newer token too" in str(refused.value)) is told


async def test_a_login_page_is_a_refusal(upstream: Origin) -> None:
    """Some platforms answer 200 and a page instead of 401."""
    pages = [b"<!DOCTYPE html><p>Sign in</p>", MEDIA.encode()]

    def decide(_: web.Request) -> web.Response:
        return web.Response(body=pages.pop(0), content_type="text/html")

    upstream.asks("/v.m3u8", decide)
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert "main/s.ts" in await one.playlist()
    assert one.tokens.refusals == 1


async def test_a_compressed_login_page_is_a_refusal_too(upstream: Origin) -> None:
    """A request that accepts gzip may get a page in gzip."""
    served = 0

    def decide(_: web.Request) -> web.Response:
        nonlocal served
        served += 1
        page = "<html>Sign in</html>" if served == 1 else MEDIA
        reply = web.Response(text=page, content_type="text/html")
        reply.enable_compression(web.ContentCoding.gzip)
        return reply

    upstream.asks("/v.m3u8", decide)
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert "main/s.ts" in await one.playlist()
    assert one.tokens.refusals == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotReadyError),
        (412, NotReadyError),
        (400, StatusError),
        (451, StatusError),
    ],
)
async def test_other_statuses_cost_no_token(
    upstream: Origin, status: int, error: type[Exception]
) -> None:
    """The stream has not started yet, or the player gets the status."""
    upstream.says("/v.m3u8", "no", status=status)
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(error):
            await one.patiently(one.playlist())
    assert one.tokens.refusals == 0


async def test_a_403_that_means_forbidden_costs_no_token(upstream: Origin) -> None:
    """If the stream says that 403 is about the content, it is passed on."""
    upstream.says("/v.m3u8", "geo-block", status=403)
    statuses = Statuses(refused=frozenset({401}))
    async with built(f"{upstream.url}/v.m3u8", statuses=statuses) as one:
        with pytest.raises(StatusError) as passed:
            await one.playlist()
    assert passed.value.status == 403
    assert one.tokens.refusals == 0


async def test_a_prefix_is_neither_kept_nor_shown(upstream: Origin) -> None:
    """Children inherit it or repeat an old one; each request has the current one."""
    old = "/bcdn_token=OLD&expires=1/v/b.ts"
    upstream.says("/bcdn_token=TOKEN-1/v/a.m3u8", MEDIA.replace("s.ts", f"s.ts\n{old}"))
    upstream.says("/bcdn_token=TOKEN-2/v/s.ts", b"\0media")
    upstream.says("/bcdn_token=TOKEN-2/v/b.ts", b"\0media")
    async with built(
        f"{upstream.url}/v/a.m3u8", placement=PathPrefix("bcdn_token="), everything=True
    ) as one:
        playlist = await one.playlist()
        assert playlist.splitlines()[3:5] == ["main/s.ts", "main/b.ts"]
        one.tokens.generation = 2
        for name in ("main/s.ts", "main/b.ts"):
            assert await one.media(name) == (200, b"\0media")


async def test_the_token_is_on_every_request_within_reach(upstream: Origin) -> None:
    """With reach "all" segments carry it too, in a header of any name."""
    upstream.says("/v.m3u8", MEDIA)
    upstream.says("/s.ts", b"\0media", kind="video/mp2t")
    async with built(
        f"{upstream.url}/v.m3u8", placement=Header("X-Token"), everything=True
    ) as one:
        await one.playlist()
        assert await one.media("main/s.ts") == (200, b"\0media")
    assert [h.get("X-Token") for h in upstream.headers] == ["TOKEN-1", "TOKEN-1"]


async def test_s4_configured_headers_stay_on_configured_origins(
    upstream: Origin,
) -> None:
    """An API key in them is not for any host that a playlist names."""
    own = OwnHeaders((("X-Api-Key", "CANARY"),), frozenset({upstream.url}))
    async with origin() as other:
        upstream.says("/v.m3u8", MEDIA.replace("s.ts", f"{other.url}/s.ts"))
        other.says("/s.ts", b"\0media", kind="video/mp2t")
        allowed = frozenset({other.url})
        async with built(f"{upstream.url}/v.m3u8", origins=allowed, own=own) as one:
            name = (await one.playlist()).splitlines()[3]
            await one.media(name)
        assert upstream.headers[0]["X-Api-Key"] == "CANARY"
        assert "X-Api-Key" not in other.headers[0]


async def test_by_default_only_the_entry_carries_the_token(upstream: Origin) -> None:
    """Children that the platform signs are requested without it."""
    upstream.says("/v.m3u8", MEDIA)
    upstream.says("/s.ts", b"\0media", kind="video/mp2t")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        await one.media("main/s.ts")
    assert upstream.asked == ["/v.m3u8?token=TOKEN-1", "/s.ts"]


class Failing(Tokens):
    """A keeper whose source may go down."""

    down: bool = False

    async def token(self) -> KeptToken:
        """Return a token, unless the source is down."""
        if self.down:
            raise TokenUnavailableError("down", retry_after=1.0)
        return await super().token()


async def test_requests_out_of_reach_wait_for_no_token(upstream: Origin) -> None:
    """A segment on another origin plays on while the token service is down."""
    keeper = Failing()
    async with origin() as other:
        other.says("/s.ts", b"\0media")
        upstream.says("/v.m3u8", MEDIA.replace("s.ts", f"{other.url}/s.ts"))
        async with built(
            f"{upstream.url}/v.m3u8",
            everything=True,
            origins=frozenset({other.url}),
            keeper=keeper,
        ) as one:
            name = (await one.playlist()).splitlines()[3]
            keeper.down = True
            assert await one.media(name) == (200, b"\0media")
    assert other.asked == ["/s.ts"]


async def test_a_redirect_into_reach_gets_the_token(upstream: Origin) -> None:
    """The token is fetched when it turns out to be needed."""

    def decide(request: web.Request) -> web.Response:
        status = 200 if request.query.get("token") == "TOKEN-1" else 403
        return web.Response(body=b"\0media", status=status, content_type="video/mp2t")

    upstream.asks("/in.ts", decide)
    async with origin() as other:
        moved = {"Location": f"{upstream.url}/in.ts"}
        other.asks("/s.ts", lambda _: web.Response(status=302, headers=moved))
        upstream.says("/v.m3u8", MEDIA.replace("s.ts", f"{other.url}/s.ts"))
        async with built(
            f"{upstream.url}/v.m3u8",
            everything=True,
            origins=frozenset({other.url}),
        ) as one:
            name = (await one.playlist()).splitlines()[3]
            assert await one.media(name) == (200, b"\0media")
    assert set(other.asked) == {"/s.ts"}


@pytest.mark.parametrize("path", ["/v.m3u8", "/s.ts"])
@pytest.mark.parametrize("status", [403, 404, 500])
async def test_the_upstreams_words_are_part_of_the_error(
    upstream: Origin, path: str, status: int
) -> None:
    """Whatever the status means, and never with the token in them."""
    upstream.says("/v.m3u8", MEDIA)

    def refuse(request: web.Request) -> web.Response:
        sent = request.query.get("token", "none")
        return web.Response(status=status, text=f"no country for {sent}")

    async with built(f"{upstream.url}/v.m3u8", everything=True) as one:
        if path == "/s.ts":
            await one.playlist()
        upstream.asks(path, refuse)
        wanted = "index.m3u8" if path == "/v.m3u8" else "main/s.ts"
        with pytest.raises(UpstreamError) as failed:
            await one.patiently(one.stream.open(wanted, ask()))
    assert said_by_upstream(failed.value) == "no country for …"


async def test_an_answer_instead_of_a_playlist_is_quoted(upstream: Origin) -> None:
    """Its first words, as the upstream wrote them."""
    upstream.says("/v.m3u8", '{"message": "no such stream"}', kind="application/json")
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(UpstreamError) as failed:
            await one.playlist()
    assert said_by_upstream(failed.value) == '{"message": "no such stream"}'


LIST = {"Accept-Language": "x" * 100}
ADDED: list[tuple[str, str, str, dict[str, str]]] = [
    ("/v.m3u8", "index.m3u8", "_HLS_msn=9", {}),
    ("/v.m3u8", "index.m3u8", "max=9", {}),
    ("/list.json", "", "_HLS_primary_id=1", LIST),
    ("/s.ts", "main/s.ts", "CMCD=x", {}),
    ("/s.ts", "main/s.ts", "", {"Accept-Language": "x" * 100}),
    ("/s.ts", "main/s.ts", "", {"If-Range": '"a"', "Range": "bytes=0-1"}),
    ("/s.ts", "main/s.ts", "", {"Range": "bytes=0-1,3-4"}),
    ("/s.ts", "main/s.ts", "", {"CMCD-Session": "sid=1"}),
]
MIXED = MEDIA.replace(
    "#EXTINF",
    '#EXT-X-DATERANGE:ID="1",START-DATE="2026-01-01T00:00:00Z",'
    'X-ASSET-LIST="{url}/list.json"\n#EXTINF',
)


@pytest.mark.parametrize(("path", "name", "query", "fields"), ADDED)
@pytest.mark.parametrize("status", [403, 302])
async def test_a_refusal_of_a_players_additions_costs_no_token(
    upstream: Origin,
    path: str,
    name: str,
    query: str,
    fields: dict[str, str],
    status: int,
) -> None:
    """Nobody else notices, and media is fetched without them."""
    mixed = MIXED.format(url=upstream.url)
    bodies = {"/v.m3u8": mixed, "/list.json": '{"ASSETS":[]}', "/s.ts": "\0media"}

    def strict(request: web.Request) -> web.Response:
        added = set(request.headers) & {*fields} or set(request.query) - {"token"}
        if request.path == path and added:
            login = {"Location": "https://login.example/"}
            return web.Response(status=status, headers=login)
        kind = "video/mp2t" if request.path == "/s.ts" else M3U8
        return web.Response(text=bodies[request.path], content_type=kind)

    for each in bodies:
        upstream.asks(each, strict)
    async with built(
        f"{upstream.url}/v.m3u8",
        everything=True,
        client_data=True,
        passing=frozenset({"max"}),
    ) as one:
        text = await one.playlist()
        name = name or text.partition("common/")[2].partition('"')[0]
        for n in range(8):
            before = len(upstream.asked)
            asked = f"{query}{n}" if query else ""
            if path == "/s.ts":
                assert await one.media(name, asked, **fields) == (200, b"\0media")
            else:
                place = name if path == "/v.m3u8" else f"common/{name}"
                with pytest.raises(PlayerRefusedError):
                    await one.stream.open(place, ask(asked, fields))
            assert len(upstream.asked) - before <= 3
            assert await one.playlist() == text
    assert one.tokens.refusals == 0


@pytest.mark.parametrize(("path", "name", "query", "fields"), ADDED)
async def test_a_refused_token_is_detected_despite_additions(
    upstream: Origin, path: str, name: str, query: str, fields: dict[str, str]
) -> None:
    """Without the player's additions the token is refused too."""
    good = "TOKEN-1"
    mixed = MIXED.format(url=upstream.url)
    bodies = {"/v.m3u8": mixed, "/list.json": '{"ASSETS":[]}', "/s.ts": "\0media"}

    def strict(request: web.Request) -> web.Response:
        fits = request.query["token"] == good
        kind = "video/mp2t" if request.path == "/s.ts" else M3U8
        text = bodies[request.path] if fits else "no"
        return web.Response(text=text, content_type=kind, status=200 if fits else 403)

    for each in bodies:
        upstream.asks(each, strict)
    async with built(
        f"{upstream.url}/v.m3u8",
        everything=True,
        client_data=True,
        passing=frozenset({"max"}),
    ) as one:
        text = await one.playlist()
        name = name or "common/" + text.partition("common/")[2].partition('"')[0]
        good, before = "TOKEN-2", len(upstream.asked)
        reply = await one.stream.open(name, ask(query, fields))
        if isinstance(reply, MediaReply):
            async with reply.answer as body:
                assert b"".join([chunk async for chunk in body.chunks()]) == b"\0media"
        assert len(upstream.asked) - before == 3
        sent = (upstream.asked[-1], upstream.headers[-1])
        assert query in sent[0]
        assert fields.items() <= sent[1].items()
    assert (one.tokens.refusals, path) == (1, upstream.asked[-1].partition("?")[0])


async def test_a_simple_range_is_not_suspected(upstream: Origin) -> None:
    """Players send ranges if playlists say so."""
    upstream.says("/v.m3u8", MEDIA)
    upstream.says("/s.ts", b"no", status=403)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        with pytest.raises(ChildRefusedError):
            await one.media("main/s.ts", Range="bytes=100-")
    assert upstream.count("/s.ts") <= 2

"""A refused request is repeated once with a newer token."""

from collections.abc import Callable

import pytest
from aiohttp import web

from proxy.core.http.answers import Statuses
from proxy.errors import (
    NotReadyError,
    RefusedError,
    StatusError,
    UpstreamError,
    said_by_upstream,
)
from tests.fetch.test_asking.playlists import MEDIA
from tests.streams.built import ask, built
from tests.streams.origin import M3U8, Origin


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

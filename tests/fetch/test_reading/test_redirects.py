"""Redirects of a playlist are remembered while they are good."""

import asyncio
from dataclasses import dataclass

import pytest
from aiohttp import web

from proxy.errors import StatusError
from tests.fetch.test_reading.playlists import HEAD, MEDIA
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin


async def test_a_redirect_is_remembered_until_its_target_refuses(
    upstream: Origin,
) -> None:
    """The first URL might open a new session at every reload."""
    upstream.asks(
        "/v.m3u8", lambda _: web.Response(status=302, headers={"Location": "/e.m3u8"})
    )
    upstream.says("/e.m3u8", MEDIA)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        await one.playlist()
        assert upstream.count("/v.m3u8") == 1
        upstream.asks("/v.m3u8", lambda _: web.Response(text=MEDIA, content_type=M3U8))
        upstream.says("/e.m3u8", "gone", status=404)
        assert "main/s1.ts" in await one.patiently(one.playlist())
    assert upstream.count("/v.m3u8") == 2


@pytest.mark.parametrize("answer", ["500", "login", "gone", "empty"])
async def test_a_redirect_is_forgotten_when_its_target_fails(
    upstream: Origin, answer: str
) -> None:
    """The first URL knows the current target."""
    upstream.asks(
        "/v.m3u8", lambda _: web.Response(status=302, headers={"Location": "/e.m3u8"})
    )
    upstream.says("/e.m3u8", MEDIA)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        body = "<html>" if answer == "login" else "" if answer == "empty" else "no"
        status = {"500": 500, "gone": 410}.get(answer, 200)
        upstream.says("/e.m3u8", body, status=status)
        upstream.asks("/v.m3u8", lambda _: web.Response(text=MEDIA, content_type=M3U8))
        assert "main/s1.ts" in await one.patiently(one.playlist())


@dataclass(slots=True)
class Sessions:
    """An upstream that opens a session at each request of its first URL."""

    upstream: Origin
    opened: int = 0

    def start(self, request: web.Request) -> web.Response:
        """Redirect to a new session, with the player's query."""
        self.opened += 1
        query = f"?{request.query_string}" if request.query_string else ""
        path = f"/{self.opened}.m3u8"
        self.upstream.says(path, MEDIA)
        return web.Response(status=302, headers={"Location": f"{path}{query}"})


@pytest.fixture
def sessions(upstream: Origin) -> Sessions:
    """Open sessions at `/v.m3u8`."""
    found = Sessions(upstream)
    upstream.asks("/v.m3u8", found.start)
    return found


async def test_simultaneous_requests_share_a_remembered_redirect(
    sessions: Sessions,
) -> None:
    """A blocking reload takes seconds, and others do not wait for it."""
    async with built(f"{sessions.upstream.url}/v.m3u8") as one:
        await one.playlist()
        queries = ["_HLS_msn=7", "", "_HLS_msn=8"]
        await asyncio.gather(*[one.playlist(query=query) for query in queries])
    assert sessions.opened == 1


async def test_a_redirect_is_remembered_when_the_player_leaves(
    sessions: Sessions,
) -> None:
    """Cancelling says nothing against it."""
    async with built(f"{sessions.upstream.url}/v.m3u8") as one:
        await one.playlist()
        leaving = asyncio.create_task(one.playlist(query="_HLS_msn=7"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await one.playlist()
    assert sessions.opened == 1


async def test_a_redirect_is_learnt_from_a_blocking_reload(sessions: Sessions) -> None:
    """After a restart, a low-latency player sends nothing else."""
    async with built(f"{sessions.upstream.url}/v.m3u8") as one:
        await one.playlist(query="_HLS_msn=7&_HLS_part=0")
        await one.playlist(query="_HLS_msn=7&_HLS_part=1")
    assert sessions.opened == 1
    assert sessions.upstream.asked[-1] == "/1.m3u8?token=TOKEN-1&_HLS_msn=7&_HLS_part=1"


@pytest.mark.parametrize("status", [400, 429, 503])
async def test_an_error_for_directives_does_not_drop_the_redirect(
    sessions: Sessions, status: int
) -> None:
    """With the first URL, a wait of three target durations would become six."""
    async with built(f"{sessions.upstream.url}/v.m3u8") as one:
        await one.playlist()

        def answer(request: web.Request) -> web.Response:
            if "_HLS_msn" in request.query:
                return web.Response(status=status)
            return web.Response(text=MEDIA, content_type=M3U8)

        sessions.upstream.asks("/1.m3u8", answer)
        with pytest.raises(StatusError) as passed:
            await one.playlist(query="_HLS_msn=99")
        assert passed.value.status == status
        await one.playlist()
    assert sessions.opened == 1


class Events:
    """An entry that redirects to the current event."""

    def __init__(self, upstream: Origin, **headers: str) -> None:
        self.upstream = upstream
        self.lead("/ev1/v.m3u8", **headers)

    def lead(self, to: str, **headers: str) -> None:
        """Redirect there from now on."""
        self.upstream.says("/v.m3u8", "", status=302, Location=to, **headers)

    def go_on(self, event: int, number: int, *, end: str = "") -> None:
        """Set the media sequence number of an event."""
        text = (
            f"{HEAD}#EXT-X-MEDIA-SEQUENCE:{number}\n#EXTINF:4,\n{event}-{number}.ts\n"
        )
        self.upstream.says(f"/ev{event}/v.m3u8", text + end)


async def test_after_an_ended_event_the_next_one_is_found(
    upstream: Origin,
) -> None:
    """The ended one would answer 200 forever, and nobody wants it."""
    events = Events(upstream)
    events.go_on(2, 0)
    async with built(f"{upstream.url}/v.m3u8") as one:
        for number in range(3):
            events.go_on(1, number)
            assert f"1-{number}.ts" in await one.playlist()
            await one.clock.advance(4)
        events.lead("/ev2/v.m3u8")
        events.go_on(1, 3)
        assert "1-3.ts" in await one.playlist()
        assert upstream.count("/v.m3u8") == 1
        events.go_on(1, 3, end="#EXT-X-ENDLIST\n")
        assert "ENDLIST" in await one.playlist()
        assert "2-0.ts" in await one.playlist()


async def test_a_frozen_edge_is_left(upstream: Origin) -> None:
    """After three target durations without a change, not before."""
    events = Events(upstream)
    events.go_on(1, 0)
    events.go_on(2, 7)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        events.lead("/ev2/v.m3u8")
        for _ in range(3):
            await one.clock.advance(4)
            assert "1-0.ts" in await one.playlist()
        await one.clock.advance(4)
        assert "2-7.ts" in await one.playlist()


async def test_after_a_pause_the_redirect_is_followed_again(upstream: Origin) -> None:
    """Nobody has reloaded its target meanwhile."""
    events = Events(upstream)
    events.go_on(1, 0)
    events.go_on(2, 0)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        events.lead("/ev2/v.m3u8")
        await one.clock.advance(100)
        assert "2-0.ts" in await one.playlist()


@pytest.mark.parametrize(
    ("headers", "seconds", "looks"),
    [
        ({}, 0, 2),
        ({"Cache_Control": "no-store"}, 0, 2),
        ({"Cache_Control": "max-age=60"}, 59, 1),
        ({"Cache_Control": "max-age=60"}, 61, 2),
        ({"Cache_Control": "max-age=60", "Age": "30"}, 31, 2),
    ],
)
async def test_a_redirect_to_a_multivariant_playlist_follows_its_caching(
    upstream: Origin, headers: dict[str, str], seconds: float, looks: int
) -> None:
    """RFC 9111: without caching fields it may not be kept."""
    events = Events(upstream, **headers)
    upstream.says(
        "/ev1/v.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9000\nlow.m3u8\n"
    )
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        events.lead("/ev1/v.m3u8")
        await one.clock.advance(seconds)
        await one.playlist()
    assert upstream.count("/v.m3u8") == looks


async def test_a_redirect_is_only_for_the_same_selection(upstream: Origin) -> None:
    """A query is never combined with the target of another one."""

    def lead(request: web.Request) -> web.Response:
        to = f"/{request.query.get('lang', 'en')}.m3u8"
        headers = {"Location": to, "Cache-Control": "max-age=60"}
        return web.Response(status=302, headers=headers)

    upstream.asks("/v.m3u8", lead)
    for language in ("en", "de"):
        upstream.says(f"/{language}.m3u8", MEDIA.replace("s1", language))
    async with built(f"{upstream.url}/v.m3u8", passing=frozenset({"lang"})) as one:
        for query, language in 2 * [("", "en"), ("lang=de", "de")]:
            assert f"/{language}.ts" in await one.playlist(query=query)

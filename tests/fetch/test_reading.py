"""Reads playlists from upstream: whole, checked, and past a redirect that is kept."""

import asyncio
import gzip
from dataclasses import dataclass, replace

import pytest
from aiohttp import web

from proxy.errors import BadAnswerError, StatusError, TruncatedError
from tests.raw_origin import End, RawOrigin, Reply
from tests.streams.built import LIMITS, built
from tests.streams.origin import M3U8, Origin

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
MEDIA = HEAD + "#EXTINF:4,\ns1.ts\n#EXTINF:4,\ns2.ts\n"


async def test_a_redirect_is_kept_until_its_target_refuses(upstream: Origin) -> None:
    """Asked for again, the first URL might open a session at every reload."""
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


async def test_i5_a_truncated_packed_playlist_is_a_failure(upstream: Origin) -> None:
    """It is not rewritten as far as it goes."""
    packed = gzip.compress(MEDIA.encode(), mtime=0)[:-12]
    upstream.says("/v.m3u8", packed, Content_Encoding="gzip")
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises((BadAnswerError, TruncatedError)):
            await one.patiently(one.playlist())


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be", "utf-8"])
async def test_s5_a_playlist_in_utf_16_is_none(upstream: Origin, coding: str) -> None:
    """Nothing in it could be made local, nor in text behind its mark."""
    mark = b"\xfe\xff" if coding == "utf-16-be" else b"\xff\xfe"
    upstream.says("/v.m3u8", mark + f"\n{MEDIA}".encode(coding), kind=M3U8)
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(BadAnswerError, match="UTF-16"):
            await one.playlist()


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (HEAD + "s.ts\n" * 8, True),
        (HEAD + "s.ts\n" * 9, False),
        (HEAD.replace("\n", "\r") + "s.ts\r" * 8, True),
        (HEAD.replace("\n", "\r") + "s.ts\r" * 9, False),
        (HEAD.replace("\n", "\r") + "s" * 64 + "\r" + "s" * 64, True),
        (HEAD.replace("\n", "\r") + "s" * 64 + "\r" + "s" * 65, False),
        (HEAD + "s" * 64, True),
        (HEAD + "s" * 65, False),
        (HEAD + "#" + "\n#" * 7 + "x" * (300 - 33 - 15), True),
        ("not a playlist", False),
        ('{"json": true}', False),
        ("", False),
        ("#EXTM3U", True),
    ],
)
async def test_s9_bounds_hold_at_the_limit_and_one_past_it(
    upstream: Origin, body: str, *, fits: bool
) -> None:
    """Lines, length of a line, size; and what is no playlist at all."""
    limits = replace(LIMITS, playlist_lines=11, line_bytes=300, playlist_bytes=300)
    limits = replace(limits, line_bytes=64) if "s" * 60 in body else limits
    upstream.says("/v.m3u8", body, kind=M3U8 if not body else "text/plain")
    async with built(f"{upstream.url}/v.m3u8", limits=limits) as one:
        if fits:
            assert len((await one.playlist()).splitlines()) == len(body.splitlines())
        else:
            with pytest.raises(BadAnswerError):
                await one.playlist()


@pytest.mark.parametrize(("count", "fits"), [(1000, True), (1001, False)])
async def test_s9_an_entry_lists_a_thousand_renditions(
    upstream: Origin, count: int, *, fits: bool
) -> None:
    """Nobody has more; the limit is named, and nothing of more is looked at."""
    media = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="{0}",URI="{0}.m3u8"\n'
    variant = "#EXT-X-STREAM-INF:BANDWIDTH=1000\nv.m3u8\n"
    body = "#EXTM3U\n" + variant + "".join(map(media.format, range(count - 1)))
    upstream.says("/v.m3u8", body)
    async with built(f"{upstream.url}/v.m3u8") as one:
        if fits:
            assert (await one.playlist()).count("#EXT-X-MEDIA") == count - 1
        else:
            with pytest.raises(
                BadAnswerError, match="renditions; a fixed limit allows 1,000"
            ):
                await one.playlist()


@pytest.mark.parametrize("answer", ["500", "login", "gone", "empty"])
async def test_a_redirect_is_left_when_its_target_fails(
    upstream: Origin, answer: str
) -> None:
    """The first URL knows where to go now."""
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


@pytest.mark.parametrize("body", ["", MEDIA[:-4]])
async def test_i4_what_may_be_cut_is_no_playlist(body: str) -> None:
    """Empty, or ended by the connection in the middle of a line."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {M3U8}\r\nConnection: close\r\n\r\n"
    cut = Reply(head.encode() + body.encode(), End.FIN)
    async with RawOrigin(cut) as raw, built(raw.url("/v.m3u8")) as one:
        with pytest.raises(BadAnswerError):
            await one.patiently(one.playlist())


@dataclass(slots=True)
class Sessions:
    """An upstream that opens a session at each hit of its first URL."""

    upstream: Origin
    opened: int = 0

    def start(self, request: web.Request) -> web.Response:
        """Lead to a session of its own, the player's query kept."""
        self.opened += 1
        query = f"?{request.query_string}" if request.query_string else ""
        path = f"/{self.opened}.m3u8"
        self.upstream.says(path, MEDIA)
        return web.Response(status=302, headers={"Location": f"{path}{query}"})


@pytest.fixture
def sessions(upstream: Origin) -> Sessions:
    """Open them at `/v.m3u8`."""
    found = Sessions(upstream)
    upstream.asks("/v.m3u8", found.start)
    return found


async def test_a_redirect_is_kept_for_all_who_ask_meanwhile(sessions: Sessions) -> None:
    """A blocking reload is out for seconds, and others do not wait for it."""
    async with built(f"{sessions.upstream.url}/v.m3u8") as one:
        await one.playlist()
        queries = ["_HLS_msn=7", "", "_HLS_msn=8"]
        await asyncio.gather(*[one.playlist(query=query) for query in queries])
    assert sessions.opened == 1


async def test_a_redirect_is_kept_when_the_player_leaves(sessions: Sessions) -> None:
    """Nothing was said against it."""
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
    """After a restart a low-latency player asks nothing else."""
    async with built(f"{sessions.upstream.url}/v.m3u8") as one:
        await one.playlist(query="_HLS_msn=7&_HLS_part=0")
        await one.playlist(query="_HLS_msn=7&_HLS_part=1")
    assert sessions.opened == 1
    assert sessions.upstream.asked[-1] == "/1.m3u8?token=TOKEN-1&_HLS_msn=7&_HLS_part=1"


@pytest.mark.parametrize("status", [400, 429, 503])
async def test_what_directives_are_answered_says_nothing_of_the_redirect(
    sessions: Sessions, status: int
) -> None:
    """Asked of the first URL again, a wait of three target durations would be six."""
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
    """An entry that leads to the event of the day, whatever that is."""

    def __init__(self, upstream: Origin, **headers: str) -> None:
        self.upstream = upstream
        self.lead("/ev1/v.m3u8", **headers)

    def lead(self, to: str, **headers: str) -> None:
        """Lead there from now on."""
        self.upstream.says("/v.m3u8", "", status=302, Location=to, **headers)

    def go_on(self, event: int, number: int, *, end: str = "") -> None:
        """Let an event be at this number."""
        text = (
            f"{HEAD}#EXT-X-MEDIA-SEQUENCE:{number}\n#EXTINF:4,\n{event}-{number}.ts\n"
        )
        self.upstream.says(f"/ev{event}/v.m3u8", text + end)


async def test_a_new_look_finds_the_next_event_when_one_has_ended(
    upstream: Origin,
) -> None:
    """It answers 200 for good, and nobody wants it."""
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


async def test_a_new_look_leaves_an_edge_that_is_frozen(upstream: Origin) -> None:
    """Not before it has stood still for three target durations."""
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


async def test_who_comes_after_a_pause_has_a_new_look(upstream: Origin) -> None:
    """Nobody reloads what the redirect led to."""
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
async def test_a_look_at_a_list_asks_for_its_redirect_as_that_allows(
    upstream: Origin, headers: dict[str, str], seconds: float, looks: int
) -> None:
    """RFC 9111: what says nothing may not be kept."""
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


async def test_a_redirect_belongs_to_what_was_selected(upstream: Origin) -> None:
    """A player's own query is never put behind the target of another question."""

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

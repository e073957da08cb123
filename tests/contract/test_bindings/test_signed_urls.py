"""A signature of a URL is sent with that URL only."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web

from proxy.core.tokens.token import Token
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.keepers.url_keeper import UrlKeeper
from tests.contract.test_bindings.recording import LIVE, Decide, aborts, playlist, seen
from tests.fake_clock import FakeClock
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.tokens.scripted import UNREACHABLE, Reports, ScriptedSource, seeded


class PathSigner:
    """Signs for the path and query of a URL, as hash-per-path CDNs check them."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.key = 1

    def sign(self, url: str) -> Token:
        """Return the signature that this origin requires for this URL only."""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        text = f"{self.key}{target}@{self.clock.wall():.0f}"
        return Token({"token": text}, expires_at=self.clock.wall() + 60)


def checks(signer: PathSigner, said: Callable[[], web.Response]) -> Decide:
    """Return a check of an origin that requires a fresh signature of the URL."""

    def decide(request: web.Request) -> web.Response:
        path, _, query = request.raw_path.partition("?")
        left = "&".join(p for p in query.split("&") if not p.startswith("token="))
        wanted = f"{signer.key}{path}" + (f"?{left}" if left else "")
        given, _, at = request.query.get("token", "@0").rpartition("@")
        good = given == wanted and signer.clock.wall() <= float(at) + 60
        return said() if good else web.Response(status=403)

    return decide


async def test_each_url_carries_its_own_signature(home: Origin) -> None:
    """Entry, children, redirects, with a player's parameters, and hours later."""
    clock = FakeClock()
    signer = PathSigner(clock)
    keeper = UrlKeeper(signer, stream="lobby", clock=clock, report=Reports())
    to = {"Location": "/b/v.m3u8?x=%7e&token=ECHO"}
    home.asks("/v.m3u8", checks(signer, lambda: web.Response(status=302, headers=to)))
    home.asks("/b/v.m3u8", checks(signer, playlist))
    home.asks("/b/s.ts", checks(signer, lambda: web.Response(body=b"\0media")))
    async with built(
        f"{home.url}/v.m3u8", keeper=keeper, clock=clock, everything=True
    ) as one:
        await one.playlist(query="_HLS_msn=1")
        assert "ECHO" not in await one.playlist()
        for _ in range(3):
            await clock.advance(3600)
            assert await one.media("main/s.ts") == (200, b"\0media")
    assert all("ECHO" not in asked for asked in home.asked)


async def test_r10_50_refusals_of_signed_urls_force_one_new_key(
    home: Origin,
) -> None:
    """The key changed on both sides, and every segment plays after one retry."""
    clock = FakeClock()
    signer, reports = PathSigner(clock), Reports()
    keeper = UrlKeeper(signer, stream="lobby", clock=clock, report=reports)
    names = [f"s{number}.ts" for number in range(50)]
    text = "".join(f"#EXTINF:4,\n{name}\n" for name in names)
    home.asks("/v.m3u8", checks(signer, lambda: playlist(f"#EXTM3U\n{text}")))
    lag = 0

    def late(request: web.Request) -> web.Response:
        nonlocal lag
        lag += 1
        if lag <= len(names):
            return web.Response(status=410)
        return checks(signer, lambda: web.Response(body=b"\0media"))(request)

    for name in names:
        home.asks(f"/{name}", late)
    async with built(
        f"{home.url}/v.m3u8", keeper=keeper, clock=clock, everything=True
    ) as one:
        await one.playlist()
        got = await asyncio.gather(*(one.media(f"main/{name}") for name in names))
    assert set(got) == {(200, b"\0media")}
    assert keeper.generation == 2
    assert reports.outcomes == {"minted": 2}


async def test_r4_no_retry_carries_a_token_that_expired_meanwhile(home: Origin) -> None:
    """A repeated request gets the token that is current then."""
    clock = FakeClock()
    source = ScriptedSource(clock, lifetime=60.0)
    keeper = StreamKeeper(
        source,
        stream="lobby",
        local=False,
        clock=clock,
        rng=seeded(),
        report=Reports(),
    )

    def late(request: web.Request) -> web.Response:
        # As if the answer came after the token had expired.
        clock._move_to(clock.mono() + 4)  # noqa: SLF001
        source.failure = None
        home.asks("/v.m3u8", lambda _: playlist(LIVE))
        return aborts(request)

    home.asks("/v.m3u8", late)
    async with built(f"{home.url}/v.m3u8", keeper=keeper, clock=clock) as one:
        await keeper.token()
        clock._move_to(clock.mono() + 57)  # noqa: SLF001
        source.failure = UNREACHABLE
        await one.patiently(one.playlist())
    assert seen(home) == {"t1": 1, f"t{len(source.asked)}": 1}

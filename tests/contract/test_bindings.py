"""What a token is bound to, with a real origin that records every token it gets."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from proxy.core.tokens.placing.rule import WholeUrl
from proxy.core.tokens.token import Token
from proxy.errors import HlsAuthProxyError, RefusedError
from proxy.tokens.keepers.once_keeper import OnceKeeper
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.keepers.url_keeper import UrlKeeper
from tests.fake_clock import FakeClock
from tests.streams.built import Built, built
from tests.streams.origin import M3U8, Origin, origin
from tests.tokens.scripted import UNREACHABLE, Reports, ScriptedSource, seeded

MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts\n#EXT-X-ENDLIST\n"
LIVE = MEDIA.replace("#EXT-X-ENDLIST\n", "")
Decide = Callable[[web.Request], web.Response]


@pytest.fixture
async def home() -> AsyncIterator[Origin]:
    """Run an origin."""
    async with origin() as one:
        yield one


def playlist(text: str = MEDIA) -> web.Response:
    """Return a playlist."""
    return web.Response(text=text, content_type=M3U8)


def seen(one: Origin, name: str = "token") -> Counter[str]:
    """Return how often the origin got which token."""
    queries = (parse_qs(urlsplit(asked).query) for asked in one.asked)
    return Counter(token for query in queries for token in query.get(name, ()))


def aborts(request: web.Request) -> web.Response:
    """Drop the connection instead of an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def once(source: ScriptedSource) -> OnceKeeper:
    """Return a keeper of single-use tokens."""
    return OnceKeeper(
        source,
        stream="lobby",
        local=False,
        clock=source.clock,
        rng=seeded(),
        report=Reports(),
    )


def faults() -> list[tuple[str, list[Decide]]]:
    """Return what may happen to a request before it succeeds."""
    moved = web.HTTPFound("/moved.m3u8")

    def answer(status: int, **headers: str) -> Decide:
        return lambda _: web.Response(status=status, headers=headers)

    return [
        ("nothing", []),
        ("a reset", [aborts]),
        ("two resets", [aborts, aborts]),
        ("503 and a reset", [answer(503), aborts]),
        ("refused", [answer(403)]),
        ("refused after a reset", [aborts, answer(401)]),
        ("a redirect", [lambda _: web.Response(status=302, headers=moved.headers)]),
        ("a redirect, then 503", [answer(302, Location="/moved.m3u8"), answer(503)]),
    ]


@pytest.mark.parametrize(("name", "before"), faults())
async def test_a_single_use_token_is_never_sent_twice(
    home: Origin, name: str, before: list[Decide]
) -> None:
    """Neither in a retry, nor after a redirect, nor in the second try."""
    script = iter(before)

    def decide(request: web.Request) -> web.Response:
        return next(script, lambda _: playlist())(request)

    home.asks("/v.m3u8", decide)
    home.asks("/moved.m3u8", decide)
    clock = FakeClock()
    source = ScriptedSource(clock)
    async with built(f"{home.url}/v.m3u8", keeper=once(source), clock=clock) as one:
        assert "s.ts" in await one.patiently(one.playlist()), name
    tokens = seen(home)
    assert set(tokens.values()) == {1}
    assert len(source.asked) == len(tokens)
    assert sum("moved" in asked and "token" in asked for asked in home.asked) == 0


async def test_two_loads_of_the_entry_never_share_a_single_use_token(
    home: Origin,
) -> None:
    """Each load has its own token, even if both run at the same time."""
    home.says("/v.m3u8", LIVE)
    clock = FakeClock()
    source = ScriptedSource(clock)
    passing = frozenset({"q"})
    async with built(
        f"{home.url}/v.m3u8", keeper=once(source), clock=clock, passing=passing
    ) as one:
        await asyncio.gather(*(one.playlist(query=f"q={n % 5}") for n in range(20)))
        for _ in range(3):
            await one.playlist()
    assert set(seen(home).values()) == {1}
    assert len(home.asked) == 8 == len(source.asked)


async def test_r10_a_lasting_refusal_causes_few_tokens(home: Origin) -> None:
    """For example a geo-block: the entry is refused at every player's request."""
    home.says("/v.m3u8", "no", status=403)
    clock = FakeClock()
    source = ScriptedSource(clock)
    async with built(f"{home.url}/v.m3u8", keeper=once(source), clock=clock) as one:
        for _ in range(60):
            with pytest.raises(RefusedError):
                await one.playlist()
            await clock.advance(1)
    assert set(seen(home).values()) == {1}
    assert len(source.asked) <= 60 + 3


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


async def media_of(one: Built, text: str) -> list[tuple[int, bytes]]:
    """Fetch everything that a playlist refers to."""
    names = [line for line in text.splitlines() if line and line[0] != "#"]
    return [await one.media(name) for name in names]


async def test_a_token_may_be_the_url_of_the_entry(home: Origin) -> None:
    """It is requested instead of the stream's URL, and replaced if it is refused."""
    clock = FakeClock()
    source = ScriptedSource(clock, lifetime=None)
    source.repeats = Token({}, url=f"{home.url}/SECRETPATH1/v.m3u8?sig=CANARYSIG1")
    keeper = StreamKeeper(
        source,
        stream="lobby",
        local=False,
        clock=clock,
        rng=seeded(),
        report=Reports(),
    )
    variable = '#EXT-X-DEFINE:QUERYPARAM="sig"\n'
    answers = {"CANARYSIG1": playlist, "CANARYSIG2": playlist}

    def decide(request: web.Request) -> web.Response:
        make = answers.get(request.query.get("sig", ""))
        if make is None:
            return web.Response(status=403)
        return playlist(MEDIA.replace("#EXTINF", f"# {request.url}\n{variable}#EXTINF"))

    for number in (1, 2):
        home.asks(f"/SECRETPATH{number}/v.m3u8", decide)
        home.says(f"/SECRETPATH{number}/s.ts", b"\0media")
    url = f"{home.url}/plain/v.m3u8"
    async with built(url, keeper=keeper, clock=clock, whole=WholeUrl(url)) as one:
        first = await one.playlist(query="_HLS_msn=7")
        assert await media_of(one, first) == [(200, b"\0media")]
        assert home.asked[0] == "/SECRETPATH1/v.m3u8?sig=CANARYSIG1&_HLS_msn=7"
        del answers["CANARYSIG1"]
        source.repeats = Token({}, url=f"{home.url}/SECRETPATH2/v.m3u8?sig=CANARYSIG2")
        second = await one.playlist()
        assert await media_of(one, second) == [(200, b"\0media")]
    assert home.asked[-1] == "/SECRETPATH2/s.ts"
    assert first.splitlines()[-2:] == second.splitlines()[-2:]
    assert "CANARY" not in first + second


async def test_a_refused_url_token_is_replaced_after_a_redirect_too(
    home: Origin,
) -> None:
    """The target of the redirect is kept as long as it answers."""
    clock = FakeClock()
    source = ScriptedSource(clock, lifetime=None)
    keeper = StreamKeeper(
        source,
        stream="lobby",
        local=False,
        clock=clock,
        rng=seeded(),
        report=Reports(),
    )
    good = {"1"}

    def leads(request: web.Request) -> web.Response:
        to = request.query["n"]
        return web.Response(status=302, headers={"Location": f"/cdn/{to}/v.m3u8"})

    home.asks("/link", leads)
    for number in ("1", "2"):

        def target(_: web.Request, number: str = number) -> web.Response:
            return playlist(LIVE) if number in good else web.Response(status=403)

        home.asks(f"/cdn/{number}/v.m3u8", target)
    source.repeats = Token({"token": f"{home.url}/link?n=1"})
    url = f"{home.url}/plain/v.m3u8"
    async with built(url, keeper=keeper, clock=clock, whole=WholeUrl(url)) as one:
        for _ in range(3):
            await one.playlist()
        assert home.count("/link") == 1
        good.clear()
        good.add("2")
        source.repeats = Token({"token": f"{home.url}/link?n=2"})
        await one.playlist()
    assert home.asked[-2:] == ["/link?n=2", "/cdn/2/v.m3u8"]
    assert len(source.asked) == 2


async def test_s3_a_url_token_for_a_forbidden_host_is_not_used(home: Origin) -> None:
    """The address policy applies to it as to any other URL."""
    clock = FakeClock()
    source = ScriptedSource(clock)
    async with origin() as other:
        source.repeats = Token({}, url=f"{other.url}/v.m3u8?sig=CANARY")
        url = f"{home.url}/v.m3u8"
        async with built(
            url, keeper=once(source), clock=clock, whole=WholeUrl(url)
        ) as one:
            with pytest.raises(HlsAuthProxyError) as raised:
                await one.playlist()
        assert "CANARY" not in str(raised.value)
        assert other.asked == home.asked == []

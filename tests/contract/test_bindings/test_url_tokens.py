"""A token may be the URL of the entry."""

import pytest
from aiohttp import web

from proxy.core.tokens.placing.rule import WholeUrl
from proxy.core.tokens.token import Token
from proxy.errors import HlsAuthProxyError
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from tests.contract.test_bindings.recording import LIVE, MEDIA, once, playlist
from tests.fake_clock import FakeClock
from tests.streams.built import Built, built
from tests.streams.origin import Origin, origin
from tests.tokens.scripted import Reports, ScriptedSource, seeded


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

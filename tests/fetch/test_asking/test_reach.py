"""Which requests carry the token and the configured headers."""

from aiohttp import web

from proxy.core.tokens.placing.path_placement import PathPrefix
from proxy.core.tokens.placing.placement import Header
from proxy.core.tokens.token import KeptToken
from proxy.errors import TokenUnavailableError
from proxy.fetch.stamping import OwnHeaders
from tests.fetch.test_asking.playlists import MEDIA
from tests.streams.built import Tokens, built
from tests.streams.origin import Origin, origin


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

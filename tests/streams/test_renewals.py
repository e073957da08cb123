"""URLs that are refused are renewed by their parents; the names stay."""

import asyncio
from collections.abc import Callable
from itertools import count

import pytest
from aiohttp import web

from proxy.core.hls.names import Volatile
from proxy.core.tokens.refresh.subjects import ENTRY as ENTRY_ITSELF
from proxy.core.tokens.refresh.subjects import Rank, Subject
from proxy.core.tokens.token import KeptToken
from proxy.errors import (
    ChildRefusedError,
    RefusedError,
    StatusError,
)
from tests.streams.built import Tokens, built
from tests.streams.origin import M3U8, Origin
from tests.streams.signing import ENTRY, MEDIA, SEGMENT, plain

SIGNED = Volatile(frozenset({"sig"}))


Mind = Callable[[web.Request], web.Response]


def signing(upstream: Origin, status: int = 403) -> Callable[..., None]:
    """Let the origin sign children at every load; only the last signature is valid.

    Return a function that lets signatures expire, by the children's names.
    """
    signatures = {"low.m3u8": "0", "s1.ts": "0"}
    numbers = count(1)

    def list_of(text: str, child: str, me: str | None) -> Mind:
        def answer(request: web.Request) -> web.Response:
            if me and request.query.get("sig") != signatures[me]:
                return web.Response(status=status)
            signatures[child] = str(next(numbers))
            signed = text.format(sign=f"?sig={signatures[child]}")
            return web.Response(text=signed, content_type=M3U8)

        return answer

    def segment(request: web.Request) -> web.Response:
        fits = request.query.get("sig") == signatures["s1.ts"]
        return web.Response(body=b"\0media", status=200 if fits else status)

    upstream.asks("/v.m3u8", list_of(ENTRY, "low.m3u8", None))
    upstream.asks("/low.m3u8", list_of(MEDIA, "s1.ts", "low.m3u8"))
    upstream.asks("/s1.ts", segment)
    return lambda *names: signatures.update(dict.fromkeys(names, "expired"))


async def test_c8_a_name_outlives_its_url(upstream: Origin) -> None:
    """Playlist and segment keep their names with new signatures."""
    signing(upstream)
    async with built(f"{upstream.url}/v.m3u8", volatile=SIGNED) as one:
        first = await one.playlist(), await one.playlist("360p-800k/index.m3u8")
        again = await one.playlist(), await one.playlist("360p-800k/index.m3u8")
        assert first == again
        assert await one.media(SEGMENT) == (200, b"\0media")


@pytest.mark.parametrize("expired", [["s1.ts"], ["s1.ts", "low.m3u8"]])
async def test_r10_a_refused_signature_is_renewed_by_its_parents(
    upstream: Origin, expired: list[str]
) -> None:
    """The parents are loaded again, up to the entry if necessary; no token is spent."""
    expire = signing(upstream)
    async with built(f"{upstream.url}/v.m3u8", volatile=SIGNED) as one:
        await one.playlist()
        await one.playlist("360p-800k/index.m3u8")
        expire(*expired)
        assert await one.media(SEGMENT) == (200, b"\0media")
    assert one.tokens.refusals == 0
    assert upstream.count("/v.m3u8") == len(expired)
    assert upstream.count("/low.m3u8") == 1 + len(expired)


class Sparing(Tokens):
    """A keeper that only requests a newer token when an entry is refused."""

    async def refused(
        self, kept: KeptToken, subject: Subject = ENTRY_ITSELF
    ) -> KeptToken:
        """Return the same token for anything else."""
        if subject.rank in {Rank.ENTRY, Rank.NEWCOMER}:
            return await super().refused(kept, subject)
        return self._kept()


@pytest.mark.parametrize("levels", [0, 1])
async def test_media_without_a_token_request_gets_its_parents_token(
    upstream: Origin, levels: int
) -> None:
    """The parents are loaded again; their refusal shows that the token is old."""
    accepted = {"TOKEN-1"}

    def guarded(text: str) -> Mind:
        def answer(request: web.Request) -> web.Response:
            if request.query.get("token") not in accepted:
                return web.Response(status=403)
            kind = M3U8 if text.startswith("#EXTM3U") else "video/mp2t"
            return web.Response(text=text, content_type=kind)

        return answer

    entry, media = ENTRY.format(sign=""), MEDIA.format(sign="")
    upstream.asks("/v.m3u8", guarded(entry if levels else media))
    upstream.asks("/low.m3u8", guarded(media))
    upstream.asks("/s1.ts", guarded("\0media"))
    url, keeper = f"{upstream.url}/v.m3u8", Sparing()
    async with built(url, everything=True, keeper=keeper) as one:
        await one.playlist()
        if levels:
            await one.playlist("360p-800k/index.m3u8")
        accepted.clear()
        accepted.add("TOKEN-2")
        segment = SEGMENT if levels else SEGMENT.replace("360p-800k", "main")
        assert await one.media(segment) == (200, b"\0media")
    assert keeper.generation == 2
    assert upstream.count("/s1.ts") == 2


async def test_media_refused_to_everybody_costs_one_load_of_its_parents(
    upstream: Origin,
) -> None:
    """They accept the same token, so it is good, and the media is not retried."""
    upstream.says("/v.m3u8", MEDIA.format(sign=""))
    upstream.says("/s1.ts", "no", status=403)
    keeper = Sparing()
    async with built(f"{upstream.url}/v.m3u8", everything=True, keeper=keeper) as one:
        await one.playlist()
        for _ in range(5):
            with pytest.raises(ChildRefusedError):
                await one.media(SEGMENT.replace("360p-800k", "main"))
    assert keeper.generation == 1
    assert upstream.count("/s1.ts") == 5
    assert upstream.count("/v.m3u8") == 2


async def test_fifty_refusals_at_once_renew_once(upstream: Origin) -> None:
    """All who wait share one renewal."""
    expire = signing(upstream)
    async with built(f"{upstream.url}/v.m3u8", volatile=SIGNED) as one:
        await one.playlist()
        await one.playlist("360p-800k/index.m3u8")
        expire("s1.ts")
        played = await asyncio.gather(*(one.media(SEGMENT) for _ in range(50)))
    assert set(played) == {(200, b"\0media")}
    assert upstream.count("/low.m3u8") == 2


async def test_a_renewal_goes_on_when_its_player_leaves(
    upstream: Origin,
) -> None:
    """So players that leave cause no extra traffic."""
    expire, begun, go = signing(upstream), asyncio.Event(), asyncio.Event()

    async def held(_: web.Request) -> web.Response:
        begun.set()
        await go.wait()
        text = MEDIA.format(sign="?sig=expired")  # what is accepted from now on
        return web.Response(text=text, content_type=M3U8)

    async with built(f"{upstream.url}/v.m3u8", volatile=SIGNED) as one:
        await one.playlist()
        await one.playlist("360p-800k/index.m3u8")
        expire("s1.ts")
        upstream.asks("/low.m3u8", held)
        for _ in range(20):
            player = asyncio.create_task(one.media(SEGMENT))
            await begun.wait()
            player.cancel()
            await asyncio.wait({player})
        go.set()
        assert await one.media(SEGMENT) == (200, b"\0media")
    assert upstream.count("/low.m3u8") == 2


async def test_while_a_renewal_fails_all_get_its_error(upstream: Origin) -> None:
    """Not a refusal, because the parent itself fails."""
    expire = signing(upstream)
    async with built(f"{upstream.url}/v.m3u8", volatile=SIGNED) as one:
        await one.playlist()
        await one.playlist("360p-800k/index.m3u8")
        expire("s1.ts")
        upstream.says("/low.m3u8", "no", status=429)
        for _ in range(5):
            with pytest.raises(StatusError) as failure:
                await one.media(SEGMENT)
            assert failure.value.status == 429
    assert upstream.count("/low.m3u8") == 2


async def test_a_final_refusal_causes_few_requests(upstream: Origin) -> None:
    """Its parent is loaded at most once a second, however often it is requested."""
    plain(upstream)
    upstream.says("/s1.ts", "geo-block", status=403)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        await one.playlist("360p-800k/index.m3u8")
        for _ in range(20):
            with pytest.raises(RefusedError):
                await one.media(SEGMENT)
    assert upstream.count("/low.m3u8") == 2


async def test_a_child_with_a_token_and_a_signature_is_renewed_too(
    upstream: Origin,
) -> None:
    """A newer token does not help it; its parents do."""
    expire = signing(upstream)
    async with built(f"{upstream.url}/v.m3u8", volatile=SIGNED, everything=True) as one:
        await one.playlist()
        await one.playlist("360p-800k/index.m3u8")
        expire("s1.ts")
        assert await one.media(SEGMENT) == (200, b"\0media")


@pytest.mark.parametrize("status", [401, 403, 410])
async def test_a_stream_without_a_token_is_renewed_too(
    upstream: Origin, status: int
) -> None:
    """Renewals work the same, whether or not there is a token."""
    expire = signing(upstream, status)
    async with built(f"{upstream.url}/v.m3u8", volatile=SIGNED, unguarded=True) as one:
        await one.playlist()
        await one.playlist("360p-800k/index.m3u8")
        expire("s1.ts", "low.m3u8")
        assert await one.media(SEGMENT) == (200, b"\0media")
        await one.clock.advance(10)
        expire("s1.ts", "low.m3u8")
        assert "s1.ts" in await one.playlist("360p-800k/index.m3u8")
        assert await one.media(SEGMENT) == (200, b"\0media")


async def test_a_failing_parent_causes_few_requests_too(upstream: Origin) -> None:
    """It is loaded at most once a second for its refused children."""
    plain(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        await one.playlist("360p-800k/index.m3u8")
        for path in ("/s1.ts", "/low.m3u8"):
            upstream.says(path, "no", status=403)
        for _ in range(20):
            with pytest.raises(RefusedError):
                await one.media(SEGMENT)
    assert upstream.count("/low.m3u8") == 2

"""What is redirected, what is relayed, and where to."""

import pytest

from proxy.core.tokens.placing.placement import Query
from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import AddressRefusedError, NameUnknownError
from proxy.replies import (
    DocumentReply,
    MediaReply,
    PlayerAsk,
    PlaylistReply,
    RedirectReply,
)
from tests.streams.built import Tokens, ask, built
from tests.streams.origin import Origin
from tests.streams.storing import HEAD
from tests.streams.test_redirecting.redirected import VOD, sent_to


async def test_media_is_redirected_with_the_current_token(
    upstream: Origin,
) -> None:
    """The upstream gets no request before; the next redirect has the next token."""
    upstream.says("/v.m3u8", VOD)
    async with built(f"{upstream.url}/v.m3u8", everything=True, redirects=True) as one:
        await one.playlist()
        assert await sent_to(one, "main/s1.ts") == f"{upstream.url}/s1.ts?token=TOKEN-1"
        one.tokens.generation += 1
        assert await sent_to(one, "main/s2.ts") == f"{upstream.url}/s2.ts?token=TOKEN-2"
    assert upstream.asked == ["/v.m3u8?token=TOKEN-1"]


async def test_a_name_is_found_after_a_restart(upstream: Origin) -> None:
    """Its playlist is loaded first, as for media that is relayed."""
    upstream.says("/v.m3u8", VOD)
    async with built(f"{upstream.url}/v.m3u8", redirects=True) as one:
        assert await sent_to(one, "main/s1.ts") == f"{upstream.url}/s1.ts"
        with pytest.raises(NameUnknownError):
            await one.stream.open("main/s9.ts", ask())


async def test_head_and_ranges_are_the_players_own(upstream: Origin) -> None:
    """It sends them again, to the new URL."""
    upstream.says("/v.m3u8", VOD)
    async with built(f"{upstream.url}/v.m3u8", redirects=True) as one:
        await one.playlist()
        head = PlayerAsk("HEAD", "", {"Range": "bytes=0-1"}, "http://127.0.0.1:8080")
        assert await one.stream.open("main/s1.ts", head) == RedirectReply(
            f"{upstream.url}/s1.ts"
        )


async def test_parts_and_init_sections_are_redirected_but_not_keys(
    upstream: Origin,
) -> None:
    """A key stays here: its URL would be worth more than that of a segment."""
    upstream.says(
        "/v.m3u8",
        f'{HEAD}#EXT-X-MAP:URI="init.mp4"\n#EXT-X-KEY:METHOD=AES-128,URI="k.key"\n'
        '#EXTINF:4,\ns1.mp4\n#EXT-X-PART:URI="p1.mp4",DURATION=1\n',
    )
    upstream.says("/k.key", b"k" * 16)
    async with built(f"{upstream.url}/v.m3u8", redirects=True) as one:
        text = await one.playlist()
        for name in ("init.mp4", "s1.mp4", "p1.mp4"):
            assert await sent_to(one, f"main/{name}") == f"{upstream.url}/{name}"
        key = text.split('AES-128,URI="')[1].split('"')[0]
        assert await one.media(key) == (200, b"k" * 16)


async def test_playlists_and_documents_are_made_local(upstream: Origin) -> None:
    """Also a playlist that a media playlist lists like a segment."""
    upstream.says("/v.m3u8", f"{HEAD}#EXTINF:4,\nmore.m3u8\n")
    upstream.says("/more.m3u8", VOD)
    upstream.says(
        "/m.m3u8",
        '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="/st.json",PATHWAY-ID="a"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n",
    )
    upstream.says("/st.json", '{"TTL":300}')
    async with built(f"{upstream.url}/v.m3u8", redirects=True) as one:
        name = (await one.playlist()).splitlines()[-1]
        assert isinstance(await one.stream.open(name, ask()), PlaylistReply)
    async with built(f"{upstream.url}/m.m3u8", redirects=True) as one:
        name = (await one.playlist()).split('URI="')[1].split('"')[0]
        assert isinstance(await one.stream.open(name, ask()), DocumentReply)


async def test_subtitles_are_redirected(upstream: Origin) -> None:
    """They are segments of their own rendition."""
    upstream.says("/v.m3u8", f"{HEAD}#EXTINF:4,\nt1.vtt\n#EXT-X-ENDLIST\n")
    async with built(f"{upstream.url}/v.m3u8", redirects=True) as one:
        await one.playlist()
        assert await sent_to(one, "main/t1.vtt") == f"{upstream.url}/t1.vtt"


async def test_each_url_is_signed_when_it_is_requested(upstream: Origin) -> None:
    """Platforms that hash each path have a token for each."""

    class Signing(Tokens):
        def _kept(self) -> KeptToken:
            def sign(url: str) -> Token:
                return Token({"token": f"for-{url.rpartition('/')[2]}"})

            return KeptToken(Token({}), 1, sign=sign)

    upstream.says("/v.m3u8", VOD)
    async with built(
        f"{upstream.url}/v.m3u8", everything=True, redirects=True, keeper=Signing()
    ) as one:
        await one.playlist()
        for name in ("s1.ts", "s2.ts"):
            url = f"{upstream.url}/{name}?token=for-{name}"
            assert await sent_to(one, f"main/{name}") == url


async def test_a_forbidden_origin_is_not_redirected_to(upstream: Origin) -> None:
    """Neither one from a playlist, nor one from a token."""
    upstream.says("/v.m3u8", f"{HEAD}#EXTINF:4,\nhttp://10.0.0.1/s1.ts\n")
    async with built(f"{upstream.url}/v.m3u8", redirects=True) as one:
        text = await one.playlist()
        assert "10.0.0.1" not in text
        with pytest.raises(NameUnknownError):
            await one.stream.open(text.splitlines()[-1], ask())


async def test_a_token_with_a_forbidden_address_is_refused(upstream: Origin) -> None:
    """The address policy judges the final URL."""

    class Elsewhere(Query):
        def stamp(self, url: str, fields: object) -> str:
            del fields
            return "http://10.0.0.1/s1.ts" if url.endswith("s1.ts") else url

    upstream.says("/v.m3u8", VOD)
    async with built(
        f"{upstream.url}/v.m3u8",
        everything=True,
        redirects=True,
        placement=Elsewhere("token"),
    ) as one:
        await one.playlist()
        with pytest.raises(AddressRefusedError) as refused:
            await one.stream.open("main/s1.ts", ask())
    assert refused.value.forbidden == "http://10.0.0.1"


async def test_media_from_a_url_with_a_user_is_relayed(upstream: Origin) -> None:
    """The user goes into a header, which a redirect does not have."""
    away = upstream.url.replace("//", "//user:CANARY@")
    upstream.says("/v.m3u8", f"{HEAD}#EXTINF:4,\n{away}/s1.ts\n#EXT-X-ENDLIST\n")
    upstream.says("/s1.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8", redirects=True) as one:
        name = (await one.playlist()).splitlines()[-2]
        reply = await one.stream.open(name, ask())
        assert isinstance(reply, MediaReply)
        async with reply.answer:
            pass
    assert upstream.headers[-1]["Authorization"].startswith("Basic ")


async def test_client_data_is_part_of_the_redirect_if_allowed(upstream: Origin) -> None:
    """As with relayed media; nothing else of the query is."""
    upstream.says("/v.m3u8", VOD)
    async with built(f"{upstream.url}/v.m3u8", redirects=True, client_data=True) as one:
        await one.playlist()
        url = await sent_to(one, "main/s1.ts", "CMCD=bl%3D1&token=x&a=b")
    assert url == f"{upstream.url}/s1.ts?CMCD=bl%3D1"

"""What is kept, for how long, and what is answered from it."""

import pytest

from proxy.errors import StatusError, UnreachableError
from tests.sharing.test_joining.ranged import BODY, ranged
from tests.streams.built import Tokens, built
from tests.streams.origin import Origin
from tests.streams.storing import HEAD, VOD, cache, opened, read, store


async def test_an_empty_segment_is_not_kept(upstream: Origin) -> None:
    """It may be a fault that passes."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"")
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        assert await one.media("main/s.ts") == (200, b"")
        upstream.asks("/s.ts", ranged())
        assert await one.media("main/s.ts") == (200, BODY)


KEYED = '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\n#EXTINF:4,\ns.ts\n'


@pytest.mark.parametrize("ended", [False, True])
async def test_a_key_is_kept_for_ten_seconds(upstream: Origin, *, ended: bool) -> None:
    """Then it is requested again; an old copy bridges a fault only for a recording."""
    end = "#EXT-X-ENDLIST\n" if ended else ""
    upstream.says("/v.m3u8", HEAD + KEYED + end)
    upstream.says("/k.bin", b"k" * 16)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        name = (await one.playlist()).split('URI="')[1].split('"')[0]
        for _ in range(3):
            assert await one.media(name) == (200, b"k" * 16)
        assert upstream.count("/k.bin") == 1
        await one.clock.advance(9)
        await one.media(name)
        assert upstream.count("/k.bin") == 1
        await one.clock.advance(2)
        await one.playlist()
        upstream.says("/k.bin", b"", status=503)
        if ended:
            assert await one.media(name) == (200, b"k" * 16)
        else:
            with pytest.raises((StatusError, UnreachableError)):
                await one.patiently(one.media(name))


async def test_subtitles_are_kept_without_secrets(upstream: Origin) -> None:
    """If the upstream repeats the token, it is removed once for all."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.vtt\n#EXT-X-ENDLIST\n")
    text = b"WEBVTT\n\n00:00.000 --> 00:01.000\nhttps://a.test/?token=TOKEN-1000\n"
    upstream.says("/s.vtt", text, kind="text/vtt")
    async with built(
        f"{upstream.url}/v.m3u8",
        store=store(),
        everything=True,
        keeper=Tokens(generation=1000),
    ) as one:
        await one.playlist()
        got = [await one.media("main/s.vtt") for _ in range(3)]
    assert len({body for _, body in got}) == 1
    assert b"TOKEN-1000" not in got[0][1]
    assert upstream.count("/s.vtt") == 1


async def test_after_an_encoders_restart_no_earlier_media_is_served(
    upstream: Origin,
) -> None:
    """It counts from 0 again, with the same names and other media."""
    numbered = HEAD + "#EXT-X-MEDIA-SEQUENCE:{}\n#EXTINF:4,\n{}.ts\n"
    upstream.says("/v.m3u8", numbered.format(7, 7))
    upstream.says("/7.ts", b"\0before")
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        assert await one.media("main/7.ts") == (200, b"\0before")
        await one.clock.advance(4)
        upstream.says("/v.m3u8", numbered.format(0, 0))
        await one.playlist()
        await one.clock.advance(28)
        upstream.says("/v.m3u8", numbered.format(7, 7))
        upstream.says("/7.ts", b"\0after")
        await one.playlist()
        assert await one.media("main/7.ts") == (200, b"\0after")


async def test_trust_in_the_playlist_overrides_header_fields(upstream: Origin) -> None:
    """`store.trust = "playlist"`: as players do."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"\0media", Cache_Control="no-store")
    async with built(f"{upstream.url}/v.m3u8", store=store(), trusted=True) as one:
        await one.playlist()
        for _ in range(3):
            assert await one.media("main/s.ts") == (200, b"\0media")
    assert upstream.count("/s.ts") == 1


async def test_head_and_validators_are_answered_from_the_store(
    upstream: Origin,
) -> None:
    """Without a kept copy they are sent upstream unchanged."""
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", ranged())
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        assert await one.media("main/s.ts", If_None_Match='"a"') == (304, b"")
        await one.media("main/s.ts")
        reply = await opened(one, "main/s.ts", If_None_Match='"a"')
        assert (reply.status, cache(reply), await read(reply)) == (304, "hit", b"")
        assert await one.media("main/s.ts", If_None_Match='"b"') == (200, BODY)
    assert upstream.count("/s.ts") == 2

"""Playlists are loaded once for all who ask; failed ones are retried once a second."""

import asyncio

import pytest

from proxy.errors import (
    RefusedError,
    StatusError,
)
from proxy.replies import PlayerAsk
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.signing import plain


async def test_players_of_different_kinds_share_one_load(upstream: Origin) -> None:
    """A player's data about itself does not change the playlist."""
    plain(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await asyncio.gather(
            *(one.playlist(X_Playback_Session_Id=f"{n}") for n in range(20))
        )
    assert upstream.count("/v.m3u8") == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_a_refused_playlist_is_requested_once_a_second_for_all(
    upstream: Origin, status: int
) -> None:
    """For every host name of ours, and for blocking reloads too.

    To a blocking reload, 404 is an answer of its own.
    """
    plain(upstream)
    hosts = [PlayerAsk("GET", "", {}, f"http://front-{n}") for n in range(5)]
    if status == 403:
        blocking = [f"_HLS_msn={n}" for n in range(5)]
        hosts += [PlayerAsk("GET", query, {}, "http://front") for query in blocking]
    low = "360p-800k/index.m3u8"
    async with built(f"{upstream.url}/v.m3u8", unguarded=True) as one:
        await one.playlist()
        await one.playlist(low)
        for path in ("/v.m3u8", "/low.m3u8"):
            upstream.says(path, "no", status=403 if path == "/v.m3u8" else status)
        before = len(upstream.asked)
        for _ in range(10):
            asking = [one.stream.open(low, each) for each in hosts]
            for error in await asyncio.gather(*asking, return_exceptions=True):
                assert isinstance(error, (RefusedError, StatusError))
            await one.clock.advance(1)
    # At first each of them checks on its own, and whether its query is to blame.
    assert len(upstream.asked) - before <= 2 * len(hosts) + 1 + 2 * 9


async def test_a_refused_playlist_recovers_for_all_at_once(upstream: Origin) -> None:
    """At most a second after the refusal."""
    plain(upstream)
    async with built(f"{upstream.url}/v.m3u8", unguarded=True) as one:
        upstream.says("/v.m3u8", "no", status=403)
        for _ in range(3):
            with pytest.raises(StatusError):
                await one.playlist()
        assert upstream.count("/v.m3u8") == 1
        plain(upstream)
        await one.clock.advance(1)
        roots = [PlayerAsk("GET", "", {}, f"http://front-{n}") for n in range(5)]
        await asyncio.gather(*(one.stream.open("index.m3u8", each) for each in roots))

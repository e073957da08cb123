"""Blocking reloads, hints and deltas through the whole program."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.end_to_end.test_low_latency.stage import (
    EVERYWHERE,
    MANY,
    T,
    joined,
    next_segment,
    stage,
)

STREAMS = [*EVERYWHERE, "ll-fastpix"]
_HINT = re.compile(r'PRELOAD-HINT:TYPE=PART,URI="([^"]+)"')
_REPORT = re.compile(r'RENDITION-REPORT:URI="([^"]+)"')
_MAP = re.compile(r'MAP:URI="([^"]+)"')


async def finished(task: asyncio.Task[T]) -> T:
    """Return what a task returns."""
    return await task


def parts_at_the_end(playlist: str) -> int:
    """Return how many parts of the incomplete segment are listed."""
    return playlist.rpartition("#EXTINF")[2].count("#EXT-X-PART:")


@pytest.mark.parametrize("stream", STREAMS)
async def test_reports_name_the_playlists_of_the_entry(
    tmp_path: Path, stream: str
) -> None:
    """Exactly as written there, or a player that switches would lose its place."""
    async with stage(tmp_path) as on:
        listed = await on.playlists(stream)
        assert len(set(listed)) == 3
        for url in listed:
            text = (await on.get(url)).text
            reports = {joined(url, found) for found in _REPORT.findall(text)}
            assert reports == set(listed) - {url}


@pytest.mark.parametrize("stream", STREAMS)
async def test_equal_reloads_are_sent_upstream_once(
    tmp_path: Path, stream: str
) -> None:
    """Players that leave do not disturb the others, which get their answer."""
    async with stage(tmp_path) as on:
        url = (await on.playlists(stream))[0]
        now = (await on.get(url)).text
        segment, before = next_segment(now), on.asked(stream)
        directives = f"_HLS_msn={segment}&_HLS_skip=YES"
        tasks = [
            asyncio.create_task(on.get(f"{url}?{directives}")) for _ in range(MANY)
        ]
        await on.pass_by(0)
        for leaving in tasks[: MANY // 2]:
            leaving.cancel()
        heard = await on.until(*map(finished, tasks[MANY // 2 :]))

        assert {one.status for one in heard} == {200}
        assert len({one.body for one in heard}) == 1
        assert next_segment(heard[0].text) == segment + 1
        assert "EXT-X-SKIP" in heard[0].text
        assert on.asked(stream) - before == 1

        # An equal reload after the answer is a new request.
        await on.get(f"{url}?{directives}")
        assert on.asked(stream) - before == 2


@pytest.mark.parametrize("stream", STREAMS)
async def test_a_hinted_part_is_awaited_and_keeps_its_name(
    tmp_path: Path, stream: str
) -> None:
    """The next playlist lists it by the same name."""
    async with stage(tmp_path) as on:
        url = (await on.playlists(stream))[1]
        hint = _HINT.search((await on.get(url)).text)
        assert hint
        part = joined(url, hint[1])

        early = await on.until(on.get(part), on.get(part))
        await on.pass_by(1)  # a plain playlist may be cached for that long
        later = (await on.get(url)).text
        again = await on.get(part)

        assert f'EXT-X-PART:DURATION=0.48000,URI="{hint[1]}"' in later
        assert [one.status for one in early] == [200, 200]
        assert early[0].body == early[1].body == again.body
        assert again.body[4:8] == b"moof"


@pytest.mark.parametrize(
    ("query", "status"),
    [("_HLS_part=1", 400), ("_HLS_msn=99999", 400), ("_HLS_msn=x", 400)],
)
@pytest.mark.parametrize("stream", STREAMS)
async def test_a_bad_reload_is_answered_at_once(
    tmp_path: Path, stream: str, query: str, status: int
) -> None:
    """With the upstream's status, after one request, and no time passes."""
    async with stage(tmp_path) as on:
        # The others are loaded together with the entry.
        *others, url = await on.playlists(stream)
        for each in others:
            await on.get(each)
        before = on.asked(stream)

        heard = await on.get(f"{url}?{query}")

        assert heard.status == status
        assert on.asked(stream) - before == 1


@pytest.mark.parametrize("stream", STREAMS)
async def test_a_fruitless_reload_is_answered_when_it_ends(
    tmp_path: Path, stream: str
) -> None:
    """With 503 and Retry-After after three target durations; a hint gets 404."""
    async with stage(tmp_path, lifetime=10, stall_after=0.0) as on:
        url = (await on.playlists(stream))[0]
        now = (await on.get(url)).text
        hint, before = _HINT.search(now), on.asked(stream)
        assert hint

        gone = await on.get(joined(url, hint[1]))
        begun = on.clock.mono()
        directives = f"_HLS_msn={next_segment(now)}&_HLS_part={parts_at_the_end(now)}"
        (heard,) = await on.until(on.get(f"{url}?{directives}"))

        assert gone.status == 404
        assert (heard.status, heard.headers["Retry-After"]) == (503, "1")
        assert on.clock.mono() - begun == pytest.approx(6, abs=0.3)
        assert on.asked(stream) - before == 2


@pytest.mark.parametrize("stream", STREAMS)
async def test_a_player_follows_only_deltas_and_seeks_back(
    tmp_path: Path, stream: str
) -> None:
    """What deltas skip stays known, also the init section, signed anew or not."""
    async with stage(tmp_path, child_seconds=4.0) as on:
        url = (await on.playlists(stream))[1]
        whole = (await on.get(url)).text
        segment = next_segment(whole)
        init = _MAP.search(whole)
        assert init
        names = [line for line in whole.splitlines() if line.endswith((".mp4", ".m4s"))]
        for number in range(segment, segment + 10):
            reload = f"{url}?_HLS_msn={number}&_HLS_part=3&_HLS_skip=YES"
            (heard,) = await on.until(on.get(reload))
            assert heard.status == 200
            assert "EXT-X-SKIP" in heard.text

        # Ten have left the window since, and all signatures have expired.
        for name in (init[1], names[11], names[-1]):
            assert (await on.get(joined(url, name))).status == 200

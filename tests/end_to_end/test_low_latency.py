"""Low latency through the whole program: waiting, streaming and expiring.

DemoOrigin and program share a clock that the test moves; the sockets are real.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import aiohttp
import pytest
from yarl import URL

from proxy.app.locations import Running
from proxy.app.program import running
from proxy.demo import origin_server
from proxy.demo.keys import generate
from proxy.demo.origin import DemoOrigin, OriginSettings
from proxy.demo.record import Refusal
from proxy.demo.show import PROFILE
from proxy.settings import load
from tests.fake_clock import FakeClock
from tests.watchdog import unheld

T = TypeVar("T")

# Their tokens are on every request.
EVERYWHERE = ["ll-bearer", "ll-cloudflare"]
STREAMS = [*EVERYWHERE, "ll-fastpix"]
MANY = 50
PAIR = generate()
_HINT = re.compile(r'PRELOAD-HINT:TYPE=PART,URI="([^"]+)"')
_REPORT = re.compile(r'RENDITION-REPORT:URI="([^"]+)"')
_MAP = re.compile(r'MAP:URI="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Heard:
    """What a player received."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body of a playlist."""
        return self.body.decode()


@dataclass(slots=True)
class Stage:
    """The program before the demo's origin, and players."""

    origin: DemoOrigin
    program: Running
    clock: FakeClock
    players: aiohttp.ClientSession

    async def get(self, url: str) -> Heard:
        """Get the whole answer."""
        async with self.players.get(url) as response:
            fields = dict(response.headers)
            return Heard(response.status, fields, await response.read())

    async def playlists(self, stream: str) -> list[str]:
        """Return the URLs that the entry lists: two videos, and sound."""
        entry = f"{self.program.base_url}/{stream}/index.m3u8"
        heard = await self.get(entry)
        assert heard.status == 200
        found = re.findall(r'(?:^|URI=")([\w/.-]+\.m3u8)', heard.text, re.MULTILINE)
        return [joined(entry, reference) for reference in found]

    async def until(self, *waiting: Coroutine[object, object, T]) -> list[T]:
        """Return the results, and let time pass until they are there."""
        task = asyncio.gather(*waiting)
        while not task.done():
            await self.pass_by(0.1)
        return await task

    async def pass_by(self, seconds: float) -> None:
        """Let this much time pass, and let sent data arrive."""
        await self.clock.advance(seconds)
        await asyncio.sleep(0.01)

    def asked(self, stream: str) -> int:
        """Return how many requests the origin has answered for a stream."""
        return self.origin.record().stream(stream).requests


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    lifetime: int = 5,
    child_seconds: float = 20.0,
    stall_after: float | None = None,
) -> AsyncIterator[Stage]:
    """Set up the stage with the demo's own profile."""
    clock, rng = FakeClock(), random.Random(0)  # noqa: S311 -- no secret
    settings = OriginSettings(
        PAIR.public_pem, child_seconds=child_seconds, stall_after=stall_after
    )
    async with origin_server.running(settings, clock=clock, rng=rng) as origin:
        profile = PROFILE.read_text()
        for there, here in (
            ("http://127.0.0.1:8081", origin.front_url),
            ("http://127.0.0.1:8082", origin.edge_url),
            ("127.0.0.1:8080", "127.0.0.1:0"),
            ("lifetime = 5", f"lifetime = {lifetime}"),
        ):
            assert there in profile
            profile = profile.replace(there, here)
        config = folder / "stage.toml"
        config.write_text(profile)
        environ = {"DEMO_SIGNING_KEY": PAIR.private_pem}
        async with (
            running(
                load(config, environ=environ),
                environ=environ,
                clock=clock,
                rng=rng,
            ) as program,
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=30),
            ) as players,
        ):
            with unheld():
                yield Stage(origin, program, clock, players)


async def finished(task: asyncio.Task[T]) -> T:
    """Return what a task returns."""
    return await task


def joined(url: str, reference: str) -> str:
    """Return the URL of a reference in a playlist."""
    return str(URL(url).join(URL(reference)))


def next_segment(playlist: str) -> int:
    """Return the media sequence number of the first incomplete segment."""
    first = re.search(r"MEDIA-SEQUENCE:(\d+)", playlist)
    assert first
    skipped = re.search(r"SKIPPED-SEGMENTS=(\d+)", playlist)
    listed = playlist.count("#EXTINF") + int(skipped[1] if skipped else 0)
    return int(first[1]) + listed


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


@pytest.mark.parametrize("stream", EVERYWHERE)
async def test_r10_a_token_may_expire_during_a_reload(
    tmp_path: Path, stream: str
) -> None:
    """One refusal, one newer token, the same directives, and all are served."""
    async with stage(tmp_path, lifetime=2) as on:
        pictures = (await on.playlists(stream))[1]
        segment = next_segment((await on.get(pictures)).text)
        before = on.asked(stream)
        directives = f"_HLS_msn={segment + 1}&_HLS_skip=YES"
        heard = await on.until(
            *(on.get(f"{pictures}?{directives}") for _ in range(MANY))
        )
        record = on.origin.record().stream(stream)

        assert {one.status for one in heard} == {200}
        assert len({one.body for one in heard}) == 1
        assert next_segment(heard[0].text) == segment + 2
        assert "EXT-X-SKIP" in heard[0].text
        assert record.refusals == {Refusal.EXPIRED_TOKEN: 1}
        assert on.asked(stream) - before == 2


@pytest.mark.parametrize("stream", EVERYWHERE)
async def test_r10_a_token_may_expire_during_every_reload(
    tmp_path: Path, stream: str
) -> None:
    """A minute of reloads that all outlive their tokens: nobody notices."""
    async with stage(tmp_path, lifetime=2) as on:
        url = (await on.playlists(stream))[1]
        segment = next_segment((await on.get(url)).text)
        for number in range(segment + 1, segment + 31, 2):
            (heard,) = await on.until(on.get(f"{url}?_HLS_msn={number}"))
            assert heard.status == 200
            assert next_segment(heard.text) == number + 1
        refused = on.origin.record().stream(stream).refusals
        assert refused[Refusal.EXPIRED_TOKEN] >= 10


async def test_r10_a_signature_may_expire_during_reloads(
    tmp_path: Path,
) -> None:
    """The entry is loaded once for all renditions; the directives are sent again."""
    stream = "ll-fastpix"
    async with stage(tmp_path, child_seconds=2.0) as on:
        urls = await on.playlists(stream)
        (segment,) = {next_segment((await on.get(url)).text) for url in urls}
        before = on.asked(stream)
        directives = f"_HLS_msn={segment + 1}&_HLS_skip=YES"
        heard = await on.until(*(on.get(f"{u}?{directives}") for u in urls * 10))
        record = on.origin.record().stream(stream)

        assert {one.status for one in heard} == {200}
        for one in heard:
            assert next_segment(one.text) == segment + 2
            assert "EXT-X-SKIP" in one.text
        # Each is also sent without the directives: they are not what is refused.
        assert record.refusals == {Refusal.EXPIRED_CHILD: 6}
        # Six refusals, the entry once, three answers.
        assert on.asked(stream) - before == 10


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

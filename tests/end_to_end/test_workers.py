"""Two workers act as one program: one login, one configuration, shared metrics."""

import asyncio
import json
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from proxy import system
from proxy.system import reload_signal

ROOT = Path(__file__).parents[2]
SEGMENTS, SEGMENT = 40, b"\x47" + b"media" * 20_000
TOKEN_SECONDS = 6
SLOW = "slow.ts"
_START_SECONDS = 60.0

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not system.hands_sockets(), reason="no workers here"),
]


@dataclass
class Platform:
    """An origin behind a login whose refresh token is valid for one use.

    The previous token is refused as soon as there is a new one.
    """

    url: str = ""
    grants: int = 0
    misused: list[str] = field(default_factory=list)
    """Refresh tokens that were sent a second time."""
    refused: int = 0
    slow: float = 0.3
    seconds: int = TOKEN_SECONDS

    async def token(self, request: web.Request) -> web.Response:
        """Exchange a refresh token."""
        given = parse_qs(await request.text())["refresh_token"][0]
        if given != f"refresh-{self.grants}":
            self.misused.append(given)
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.grants += 1
        await asyncio.sleep(self.slow)  # so that both workers ask meanwhile
        return web.json_response(
            {
                "access_token": f"access-{self.grants}",
                "refresh_token": f"refresh-{self.grants}",
                "expires_in": self.seconds,
            }
        )

    async def media(self, request: web.Request) -> web.StreamResponse:
        """Return the media to players with the newest token."""
        if request.headers.get("Authorization") != f"Bearer access-{self.grants}":
            self.refused += 1
            return web.Response(status=401)
        if "slow" in request.path:
            answer = web.StreamResponse(headers={"Content-Length": str(len(SEGMENT))})
            await answer.prepare(request)
            for begin in range(0, len(SEGMENT), 10_000):
                await answer.write(SEGMENT[begin : begin + 10_000])
                await asyncio.sleep(0.2)
            return answer
        if not request.path.endswith(".m3u8"):
            return web.Response(body=SEGMENT, content_type="video/mp2t")
        lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:4"]
        for number in range(SEGMENTS):
            lines += ["#EXTINF:4,", f"seg-{number}.ts?v={number}"]
        lines += ["#EXTINF:4,", "slow.ts"]
        text = "\n".join([*lines, "#EXT-X-ENDLIST", ""])
        return web.Response(text=text, content_type="application/vnd.apple.mpegurl")


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    """Run the platform while the block lasts."""
    made = Platform()
    app = web.Application()
    app.router.add_post("/token", made.token)
    app.router.add_get("/{path:.*}", made.media)
    async with TestServer(app, host="127.0.0.1") as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made


def stream(name: str, origin: str) -> str:
    """Return a stream behind the login."""
    return f"""
[streams.{name}]
url = "{origin}/{name}/index.m3u8"
placement = [{{ header = "Authorization", value = "Bearer {{token}}" }}]
reach = "all"
token = {{ source = "oauth2", token_url = "{origin}/token", client_id = "me", \
client_secret = "mine", grant = "refresh_token", refresh_token_file = "refresh" }}
"""


def put(config: Path, text: str) -> None:
    """Write a configuration."""
    config.write_text(text)


@dataclass
class Program:
    """The real program with two workers, and its output."""

    process: asyncio.subprocess.Process
    config: Path
    lines: list[dict[str, object]] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Return its base URL."""
        (line,) = (one for one in self.lines if one["event"] == "listening")
        addresses = line["addresses"]
        assert isinstance(addresses, list)
        return f"http://{addresses[0]}"

    def workers_of(self, event: str, **fields: object) -> Counter[object]:
        """Return how often each worker logged such an event."""
        found = (line for line in self.lines if line["event"] == event)
        return Counter(
            line.get("worker") for line in found if fields.items() <= line.items()
        )

    async def read(self) -> None:
        """Collect its output."""
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            assert line.startswith(b"{"), line
            self.lines.append(json.loads(line))


@asynccontextmanager
async def program(config: Path, text: str, **environ: str) -> AsyncIterator[Program]:
    """Run the program while the block lasts; it must end cleanly."""
    put(config, text)
    command = [sys.executable, "-m", "proxy", "run", "--config", str(config)]
    process = await asyncio.create_subprocess_exec(
        *command,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environ},
        cwd=ROOT,
    )
    running = Program(process, config)
    reader = asyncio.create_task(running.read())
    try:
        await until(lambda: bool(running.workers_of("listening")) or reader.done())
        yield running
        if process.returncode is None:
            process.terminate()
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reader


async def until(seen: Callable[[], bool], seconds: float = _START_SECONDS) -> None:
    """Wait until something is seen in another process."""
    async with asyncio.timeout(seconds):
        while not seen():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


async def got(url: str) -> bytes:
    """Get a URL on a connection of its own."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(url) as answer,
    ):
        assert answer.status == 200, (url, answer.status, await answer.text())
        return await answer.read()


async def names(base: str, name: str) -> list[str]:
    """Return the local URLs of a stream's segments."""
    entry = f"{base}/{name}/index.m3u8"
    text = (await got(entry)).decode()
    found = [line for line in text.split("\n") if line and not line.startswith("#")]
    return [f"{base}/{name}/{line}" for line in found if line.split("/")[-1] != SLOW]


async def state(base: str) -> dict[str, object]:
    """Return what the program shows in /status.json."""
    told = json.loads(await got(f"{base}/status.json"))
    assert isinstance(told, dict)
    return told


async def processes(base: str) -> list[int]:
    """Return the ids of the workers."""
    workers = (await state(base))["workers"]
    assert isinstance(workers, list)
    return [one["process"] for one in workers]


async def number(base: str, series: str) -> float:
    """Return a metric of the whole program, summed over its labels."""
    text = (await got(f"{base}/metrics")).decode()
    found = re.findall(
        rf"^hls_auth_proxy_{series}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE
    )
    return sum(map(float, found))


def alive(process: int) -> bool:
    """Return whether a process runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the path of a configuration, with a fresh login beside it."""
    (tmp_path / "refresh").write_text("refresh-0")
    (tmp_path / "refresh").chmod(0o600)
    return tmp_path / "config.toml"


def text(origin: str, more: str = "") -> str:
    """Return a configuration with two workers."""
    server = f'[server]\nlisten = "127.0.0.1:0"\nworkers = 2\n{more}'
    return f"{server}{stream('lobby', origin)}"


async def test_two_workers_are_one_program(config: Path) -> None:
    """A login is used once, names are the same, and metrics are those of all."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        base = two.base
        segments = await names(base, "lobby")
        assert len(segments) == SEGMENTS
        bodies = await asyncio.gather(*map(got, segments))
        assert set(bodies) == {SEGMENT}
        # Both served, each with names that it had to resolve itself.
        await until(lambda: sum(two.workers_of("request").values()) > SEGMENTS)
        served = two.workers_of("request")
        assert set(served) == {1, 2}
        assert origin.grants == 1
        assert origin.misused == []
        assert two.workers_of("token refreshed").total() == 1
        assert await number(base, "token_refreshes_total") == 1
        assert await number(base, "workers") == 2
        pages = await number(
            base, 'player_requests_total{status_class="2xx",stream=""}'
        )
        before = served.total()
        assert await number(base, "player_requests_total") == before + pages + 1
    assert two.workers_of("stopped") == {None: 1}
    assert two.workers_of("listening") == {None: 1}


async def test_a_login_outlives_its_tokens_in_both_workers(config: Path) -> None:
    """Nobody is refused for long, and no refresh token is used twice."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        segments = await names(two.base, "lobby")
        begun = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < begun + 3 * TOKEN_SECONDS:
            await asyncio.gather(*map(got, segments[:4]))
            await asyncio.sleep(0.2)
        assert set(two.workers_of("request")) == {1, 2}
        assert origin.misused == []
        # At about three quarters of its lifetime, whichever of the two asks first.
        assert 3 <= origin.grants <= 6
        assert two.workers_of("token failed").total() == 0


async def test_players_go_on_when_a_worker_is_killed(config: Path) -> None:
    """Another one replaces it, without another login; counts are not lost."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        base = two.base
        segments = await names(base, "lobby")
        origin.seconds = 3600
        failed: list[Exception] = []
        over = asyncio.Event()

        async def play() -> int:
            count = 0
            while not over.is_set():
                try:
                    assert await got(segments[count % SEGMENTS]) == SEGMENT
                    count += 1
                except (aiohttp.ClientError, OSError) as error:
                    failed.append(error)
                await asyncio.sleep(0.02)
            return count

        players = [asyncio.create_task(play()) for _ in range(4)]
        await asyncio.sleep(1)
        before = await processes(base)
        counted = await number(base, "player_requests_total")
        os.kill(before[0], signal.Signals["SIGKILL"])
        await until(lambda: two.workers_of("worker died").total() == 1)
        now = await processes(base)
        while 0 in now or now[0] == before[0]:
            await asyncio.sleep(0.1)
            now = await processes(base)
        # Until the new one serves requests, too.
        seen = len(two.lines)
        await until(
            lambda: any(
                one.get("worker") == 1 and one["event"] == "request"
                for one in two.lines[seen:]
            )
        )
        over.set()
        played = sum(await asyncio.gather(*players))
        # At most the running requests of the killed one; a player sends them again.
        assert len(failed) <= len(players), failed
        assert played > 50
        assert now[1] == before[1]
        assert origin.misused == []
        assert await number(base, "player_requests_total") >= counted
        assert await number(base, "worker_deaths_total") == 1
        assert (await state(base))["workers"] == [
            {"number": 1, "process": now[0], "replaced": 1},
            {"number": 2, "process": now[1], "replaced": 0},
        ]


async def test_a_reload_reaches_both(config: Path) -> None:
    """By the signal, reported once; a wrong one changes nothing in either."""
    hang_up = reload_signal()
    assert hang_up is not None
    still = "reload_on_change = false\n"
    async with (
        platform() as origin,
        program(config, text(origin.url, still)) as two,
    ):
        base = two.base
        put(config, text(origin.url, still) + stream("yard", origin.url))
        two.process.send_signal(hang_up)
        await until(
            lambda: two.workers_of("configuration", outcome="applied") == {None: 1}
        )
        for _ in range(3):
            await asyncio.gather(*map(got, (await names(base, "yard"))[:10]))
        served = two.workers_of("request", stream="yard")
        assert set(served) == {1, 2}
        put(config, "[streams")
        two.process.send_signal(hang_up)
        await until(lambda: two.workers_of("configuration refused") == {None: 1})
        for _ in range(8):
            told = (await state(base))["configuration"]
            assert isinstance(told, dict)
            assert told["last_reload"] == "refused"
        assert await number(base, "config_reloads_total") == 2
        # A later worker uses what is in force, not what is in the file.
        victim = (await processes(base))[1]
        os.kill(victim, signal.Signals["SIGKILL"])
        await until(lambda: two.workers_of("worker died").total() == 1)
        seen = len(two.lines)
        while not any(one.get("worker") == 2 for one in two.lines[seen:]):
            await names(base, "yard")
        assert origin.misused == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_all_end_on_a_signal(config: Path, number: signal.Signals) -> None:
    """With exit code 0; a running transfer gets its rest."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        ids = await processes(two.base)
        assert len(set(ids)) == 2
        two.process.send_signal(number)
        assert await asyncio.wait_for(two.process.wait(), 20) == 0
        assert not any(map(alive, ids))
    assert [line["event"] for line in two.lines][-2:] == ["stopping", "stopped"]


async def test_a_transfer_may_finish_unless_interrupted(config: Path) -> None:
    """After the first signal it may, after the second not, and no process remains."""
    async with platform() as origin:
        for signals, whole in ((1, True), (2, False)):
            (config.parent / "refresh").write_text(f"refresh-{origin.grants}")
            async with program(config, text(origin.url)) as two:
                (first, *_) = await names(two.base, "lobby")
                ids = await processes(two.base)
                slow = asyncio.create_task(got(first.rpartition("/")[0] + f"/{SLOW}"))
                await asyncio.sleep(0.8)
                for _ in range(signals):
                    two.process.terminate()
                    await asyncio.sleep(0.3)
                (result,) = await asyncio.gather(slow, return_exceptions=True)
                assert (result == SEGMENT) is whole
                code = await asyncio.wait_for(two.process.wait(), 20)
                assert code == (0 if whole else 130)
                assert not any(map(alive, ids))


async def test_no_worker_outlives_its_parent(config: Path) -> None:
    """Not even a parent that was killed without notice."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        ids = await processes(two.base)
        two.process.kill()
        await two.process.wait()
        await until(lambda: not any(map(alive, ids)), 20)

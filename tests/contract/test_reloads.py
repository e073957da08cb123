"""A configuration that changes while players play: what may change, and how."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from proxy.app.locations import Running
from proxy.app.program import running
from proxy.clock import SystemClock
from proxy.demo.keys import generate
from proxy.errors import SettingsError
from proxy.settings import Settings, load
from tests.streams.origin import Origin

LIVE = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n"
KEY = "0123456789abcdefghijkl"


def stream(name: str, url: str, value: str = "T", more: str = "") -> str:
    """Return the configuration of a stream."""
    return (
        f'[streams.{name}]\nurl = "{url}/{name}.m3u8"\n{more}\n'
        'placement = [{ query = "t" }]\n'
        f'token = {{ source = "static", value = "{value}" }}\n'
    )


class Scene:
    """A running program and its configuration."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changed = list[Settings]()
        self.program: Running
        self.session: aiohttp.ClientSession

    def put(self, text: str) -> None:
        """Replace the configuration in one step."""
        following = self.path.with_suffix(".new")
        following.write_text(text if "listen" in text else f"{LISTEN}{text}")
        following.replace(self.path)

    async def get(self, path: str) -> tuple[int, str]:
        """Send a request as a player does, over a persistent connection."""
        url = f"{self.program.base_url}{path}"
        async with self.session.get(url) as answer:
            return answer.status, await answer.text()

    async def state(self, prefix: str = "") -> Any:  # noqa: ANN401 - JSON
        """Return what the status page says about the configuration, if it is there."""
        status, text = await self.get(f"{prefix}/status.json")
        return json.loads(text)["configuration"] if status == 200 else {}

    async def shows(self, last: str, prefix: str = "") -> Any:  # noqa: ANN401 - JSON
        """Wait until the last reload had this outcome."""
        async with asyncio.timeout(10):
            while (state := await self.state(prefix)).get("last_reload") != last:  # noqa: ASYNC110 - the system tells
                await asyncio.sleep(0.05)
        return state


LISTEN = '[server]\nlisten = "127.0.0.1:0"\n'
Run = Callable[[str], Any]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs the program with a configuration file."""

    @asynccontextmanager
    async def started(text: str) -> AsyncIterator[Scene]:
        scene = Scene(tmp_path / "config.toml")
        scene.put(text)
        async with (
            running(
                load(scene.path, environ={}),
                environ={},
                clock=SystemClock(),
                rng=random.Random(0),  # noqa: S311 - a jitter, no secret
                config=scene.path,
                changed=scene.changed.append,
            ) as scene.program,
            aiohttp.ClientSession() as scene.session,
        ):
            await asyncio.sleep(0.3)  # the watch has begun
            yield scene

    return started


async def test_a_stream_plays_as_soon_as_it_is_in_the_file(
    run: Run, upstream: Origin
) -> None:
    """A removed one does not, and a changed one gets another token."""
    for path in ("/a.m3u8", "/b.m3u8", "/c.m3u8"):
        upstream.says(path, LIVE)
    url = upstream.url
    async with run(stream("a", url) + stream("b", url)) as scene:
        assert (await scene.get("/c/index.m3u8"))[0] == 404
        assert (await scene.get("/a/index.m3u8"))[0] == 200
        scene.put(stream("b", url, "U") + stream("c", url))
        await scene.shows("applied")
        statuses = [(await scene.get(f"/{name}/index.m3u8"))[0] for name in "abc"]
    assert statuses == [404, 200, 200]
    assert upstream.asked == ["/a.m3u8?t=T", "/b.m3u8?t=U", "/c.m3u8?t=T"]


async def test_an_unchanged_stream_keeps_its_playlists(
    run: Run, upstream: Origin
) -> None:
    """No upstream request is made for it."""
    upstream.says("/a.m3u8", LIVE + "#EXT-X-ENDLIST\n")
    async with run(stream("a", upstream.url)) as scene:
        await scene.get("/a/index.m3u8")
        scene.put(stream("a", upstream.url) + stream("b", upstream.url))
        await scene.shows("applied")
        assert (await scene.get("/a/index.m3u8"))[0] == 200
    assert upstream.asked == ["/a.m3u8?t=T"]


@pytest.mark.parametrize("removed", [True, False])
async def test_a_transfer_in_progress_is_finished(
    run: Run,
    upstream: Origin,
    removed: bool,  # noqa: FBT001 - or changed
) -> None:
    """Whatever happens to its stream meanwhile."""
    go = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/mp2t"})
        await answer.prepare(request)
        await answer.write(b"\0" * 70_000)
        await go.wait()
        await answer.write(b"\1" * 70_000)
        return answer

    upstream.says("/a.m3u8", LIVE)
    upstream.asks("/s1.ts", slow)
    other = stream("b", upstream.url)
    async with run(stream("a", upstream.url) + other) as scene:
        await scene.get("/a/index.m3u8")
        url = f"{scene.program.base_url}/a/main/s1.ts"
        async with scene.session.get(url) as answer:
            await answer.content.readexactly(1000)
            scene.put(other if removed else stream("a", upstream.url, "U") + other)
            await scene.shows("applied")
            status, _ = await scene.get("/a/index.m3u8")
            assert status == (404 if removed else 200)
            go.set()
            assert len(await answer.read()) == 140_000 - 1000


async def test_mistakes_are_reported_as_at_the_start(
    run: Run, upstream: Origin
) -> None:
    """All of them; the old configuration stays until they are corrected."""
    upstream.says("/a.m3u8", LIVE)
    good = stream("a", upstream.url)
    wrong = good + '[streams.b]\nurl = "ftp://h/"\nreach = "some"\n'
    async with run(good) as scene:
        with capture_logs() as logged:
            scene.put(wrong)
            state = await scene.shows("refused")
        with pytest.raises(SettingsError) as caught:
            load(scene.path, environ={})
        told = [str(problem) for problem in caught.value.problems]
        assert len(told) == 2
        assert state["problems"] == told
        errors = [line for line in logged if line["log_level"] == "error"]
        assert [line["problem"] for line in errors] == told
        page = (await scene.get("/"))[1]
        assert "is refused" in page
        assert (await scene.get("/a/index.m3u8"))[0] == 200
        metrics = (await scene.get("/metrics"))[1]
        assert "config_last_reload_successful 0.0" in metrics
        scene.put(good)
        state = await scene.shows("unchanged")
        assert state["problems"] == []
        assert "is refused" not in (await scene.get("/"))[1]
        assert len(scene.changed) == 1


async def test_s13_the_access_key_stays_required_until_the_restart(
    run: Run, upstream: Origin
) -> None:
    """The sockets of this start still require it, although the next would not."""
    upstream.says("/a.m3u8", LIVE)
    text = stream("a", upstream.url)
    open_to_all = f'[server]\nlisten = "0.0.0.0:0"\naccess_key = "{KEY}"\n'
    async with run(open_to_all + text) as scene:
        assert (await scene.get("/a/index.m3u8"))[0] == 404
        scene.put(f'[server]\nlisten = "127.0.0.1:0"\n{text}')
        state = await scene.shows("unchanged", f"/{KEY}")
        assert state["waiting_for_restart"] == ["server.listen", "server.access_key"]
        assert (await scene.get("/a/index.m3u8"))[0] == 404
        page = (await scene.get(f"/{KEY}/"))[1]
        assert "server.listen, server.access_key" in page
        assert KEY not in json.dumps(state)


async def test_access_rules_change_at_once(run: Run, upstream: Origin) -> None:
    """Also for connected players."""
    upstream.says("/a.m3u8", LIVE)
    text = stream("a", upstream.url)
    async with run(text) as scene:
        assert (await scene.get("/a/index.m3u8"))[0] == 200
        scene.put(f'{LISTEN}access_key = "{KEY}"\n{text}')
        await scene.shows("applied", f"/{KEY}")
        assert (await scene.get("/a/index.m3u8"))[0] == 404
        assert (await scene.get(f"/{KEY}/a/index.m3u8"))[0] == 200


async def test_limits_change_at_once(run: Run, upstream: Origin) -> None:
    """For connections, and for what is kept."""
    text = stream("a", upstream.url)
    async with run(text) as scene:
        await scene.get("/livez")
        scene.put(f"[limits]\nconnections = 1\n{text}")
        await scene.shows("applied")
        async with (
            aiohttp.ClientSession() as second,
            second.get(f"{scene.program.base_url}/livez") as answer,
        ):
            assert answer.status == 503
        assert scene.changed[-1].limits.connections == 1


async def test_a_watch_can_be_switched_off_and_on(run: Run, upstream: Origin) -> None:
    """When it is off, only a signal reloads."""
    text, more = stream("a", upstream.url), stream("b", upstream.url)
    off = f"{LISTEN}reload_on_change = false\n"
    async with run(off + text) as scene:
        scene.put(text + more)
        await asyncio.sleep(1.5)
        assert (await scene.state())["last_reload"] is None
        scene.program.reload()
        await scene.shows("applied")
        assert len(scene.changed) == 1
        async with asyncio.timeout(15):
            while len(scene.changed) < 2:
                scene.put(text)
                await asyncio.sleep(0.8)


async def test_a_swapped_key_file_is_checked(
    run: Run, upstream: Origin, tmp_path: Path
) -> None:
    """One that others can read is refused, and the old key stays."""
    upstream.says("/a.m3u8", LIVE)
    folders = [tmp_path / name for name in ("one", "two")]
    for folder, mode in zip(folders, (0o600, 0o644), strict=True):
        folder.mkdir()
        (folder / "value").write_text(folder.name)
        (folder / "value").chmod(mode)
    link = tmp_path / "current"
    link.symlink_to("one")
    text = stream("a", upstream.url).replace('value = "T"', 'value_file = "secret"')
    (tmp_path / "secret").symlink_to("current/value")
    async with run(text) as scene:
        await scene.get("/a/index.m3u8")
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").replace(link)
        state = await scene.shows("refused")
        assert "0644" in state["problems"][0]
        (folders[1] / "value").chmod(0o600)
        await scene.shows("applied")
        await scene.get("/a/index.m3u8")
    assert upstream.asked == ["/a.m3u8?t=one", "/a.m3u8?t=two"]


async def test_s12_an_invalid_key_is_refused(
    run: Run, upstream: Origin, tmp_path: Path
) -> None:
    """The stream signs with the old one; a new start would fail."""
    upstream.says("/a.m3u8", LIVE)
    key = tmp_path / "key.pem"

    def put(text: str) -> None:
        following = tmp_path / "following"
        following.write_text(text)
        following.chmod(0o600)
        following.replace(key)

    put(generate().private_pem)
    text = (
        f'[streams.a]\nurl = "{upstream.url}/a.m3u8"\nplacement = [{{ query = "t" }}]\n'
        '[streams.a.token]\nsource = "sign-jwt"\nkey_file = "key.pem"\n'
        'claims = { sub = "x" }\n'
    )
    async with run(text) as scene:
        await scene.get("/a/index.m3u8")
        put("CANARY")
        state = await scene.shows("refused")
        assert state["problems"][0].startswith("streams.a.token.key_file: ")
        assert "CANARY" not in str(state)
        assert (await scene.get("/a/index.m3u8"))[0] == 200
        put(generate().private_pem)
        await scene.shows("unchanged")
        assert (await scene.get("/a/index.m3u8"))[0] == 200

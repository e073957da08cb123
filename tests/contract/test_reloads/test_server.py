"""Access rules, limits and the watch change while the program runs."""

import asyncio
import json

import aiohttp

from tests.contract.test_reloads.scene import LISTEN, LIVE, Run, stream
from tests.streams.origin import Origin

KEY = "0123456789abcdefghijkl"


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

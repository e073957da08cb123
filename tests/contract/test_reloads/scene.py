"""A running program whose configuration changes."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from proxy.app.locations import Running
from proxy.settings import Settings

LIVE = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n"


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

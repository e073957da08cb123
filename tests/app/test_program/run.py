"""Run the whole program for a test."""

import json

import aiohttp

from proxy.app.locations import Running
from tests.streams.origin import Origin

MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n#EXT-X-ENDLIST\n"


TOKEN = 'token = { source = "static", value = "SECRET" }\n'


PLACED = 'placement = [{ query = "token" }]\n'


async def get(url: str) -> tuple[int, str]:
    """Return status and text."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def state_of(program: Running) -> dict[str, object]:
    """Return the entry of the only stream in /status.json."""
    _, text = await get(f"{program.base_url}/status.json")
    (state,) = json.loads(text)["streams"]
    assert isinstance(state, dict)
    return state


def lobby(one: Origin) -> str:
    """Return the settings of a stream at that origin."""
    return f'[streams.lobby]\nurl = "{one.url}/v.m3u8"\n{TOKEN}{PLACED}'

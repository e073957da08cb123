"""An origin behind a login, and streams of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from aiohttp import web
from aiohttp.test_utils import TestServer

SEGMENTS, SEGMENT = 40, b"\x47" + b"media" * 20_000
TOKEN_SECONDS = 6
SLOW = "slow.ts"


@dataclass(kw_only=True)
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


def text(origin: str, more: str = "") -> str:
    """Return a configuration with two workers."""
    server = f'[server]\nlisten = "127.0.0.1:0"\nworkers = 2\n{more}'
    return f"{server}{stream('lobby', origin)}"

"""A login that rotates survives any end of the program (reliability, L13).

The service is a real one on loopback, and the program runs in its own process. Each
refresh token can be used once, so the login is lost if the next one is not stored.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.tokens.files import secret

CONFIG = """
[server]
listen = "127.0.0.1:0"
[streams.lobby]
url = "http://127.0.0.1:9/v.m3u8"
placement = [{{ query = "token" }}]
binding = "{binding}"
[streams.lobby.token]
source = "oauth2"
token_url = "{url}"
client_id = "me"
grant = "refresh_token"
refresh_token_file = "{login}"
"""


@dataclass(kw_only=True)
class Rotating:
    """A token endpoint. Its refresh tokens are r1, r2 and so on."""

    good: int = 1
    url: str = ""
    hold: bool = False
    sent: list[str] = field(default_factory=list)
    used: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a token has been used up."""
    answer: asyncio.Event = field(default_factory=asyncio.Event)
    """What it waits for before it answers, where it holds."""

    async def handle(self, request: web.Request) -> web.Response:
        """Accept a refresh token once, and answer with the next one."""
        form = await request.post()
        self.sent.append(str(form["refresh_token"]))
        if form["refresh_token"] != f"r{self.good}":
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.good += 1
        self.used.set()
        if self.hold:
            await self.answer.wait()
        return web.json_response(
            {
                "access_token": f"a{self.good}",
                "expires_in": 3600,
                "refresh_token": f"r{self.good}",
            }
        )


@asynccontextmanager
async def rotating() -> AsyncIterator[Rotating]:
    """Run the endpoint while the block lasts."""
    service = Rotating()
    app = web.Application()
    app.router.add_post("/", service.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    service.url = str(server.make_url("/"))
    try:
        yield service
    finally:
        service.answer.set()
        await server.close()


def configured(
    folder: Path, service: Rotating, *, binding: str = "stream"
) -> tuple[Path, Path]:
    """Write the login and the configuration; return their paths."""
    inner = folder / "login"
    inner.mkdir()
    login = secret(inner / "refresh", f"r{service.good}\n".encode())
    config = folder / "config.toml"
    text = CONFIG.format(binding=binding, url=service.url, login=login)
    config.write_text(text)
    return login, config


async def ended(*command: str) -> tuple[int, str]:
    """Run Python; return its exit code and output."""
    return await ended_program(sys.executable, *command)


async def ended_program(*command: str) -> tuple[int, str]:
    """Run a program; return its exit code and output."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()

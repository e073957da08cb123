"""Chromium without a window, controlled over the DevTools protocol.

aiohttp speaks the protocol's WebSocket; a browser library would bring a runtime and
browsers of its own.
"""

import asyncio
import base64
import contextlib
import itertools
import re
import tempfile
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from tests.players.printing import end

PROGRAM = "/usr/bin/chromium"
# As root it needs the first; those about the network keep it from calling home, and
# the last lets a page play with sound that nobody has clicked on.
_OPTIONS = (
    *("--no-sandbox", "--headless", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--remote-debugging-port=0"),
    "--autoplay-policy=no-user-gesture-required",
)
_LISTENING = re.compile(rb"DevTools listening on (ws://\S+)")
_LOADED = """new Promise(done => document.readyState === "complete"
    ? done() : addEventListener("load", () => done()))"""
_START_SECONDS = 30.0
_ANSWER_SECONDS = 20.0


class Page:
    """One page: it evaluates expressions."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._session = ""
        self._one = asyncio.Lock()

    async def open(self, url: str) -> None:
        """Open the page in a new tab, and wait until it has loaded."""
        made = await self._ask("Target.createTarget", url="about:blank")
        attached = await self._ask(
            "Target.attachToTarget", targetId=made["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        await self._ask("Page.enable")
        await self._ask("Page.navigate", url=url)
        async with asyncio.timeout(_ANSWER_SECONDS):
            await self.value(_LOADED)

    async def value(self, expression: str) -> Any:  # noqa: ANN401 -- JSON
        """Return the value of an expression, or of its promise."""
        answer = await self._ask(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def picture(self) -> bytes:
        """Return a picture of the page, as WebP."""
        shown = await self._ask("Page.captureScreenshot", format="webp", quality=80)
        return base64.b64decode(shown["data"])

    async def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        question = {"id": number, "method": method, "params": parameters}
        if self._session:
            question["sessionId"] = self._session
        async with self._one, asyncio.timeout(_ANSWER_SECONDS):
            await self._socket.send_json(question)
            while True:
                said = await self._socket.receive_json()
                if said.get("id") == number:
                    assert "error" not in said, said
                    return dict(said["result"])


@contextlib.asynccontextmanager
async def page(url: str, *options: str) -> AsyncIterator[Page]:
    """Open the page in a browser of its own, while the block lasts."""
    async with (
        _browser(*options) as address,
        aiohttp.ClientSession() as session,
        session.ws_connect(address, max_msg_size=0) as socket,
    ):
        one = Page(socket)
        await one.open(url)
        yield one


@contextlib.asynccontextmanager
async def _browser(*options: str) -> AsyncIterator[str]:
    # It may still write while it ends.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            *(PROGRAM, *_OPTIONS, *options, f"--user-data-dir={folder}"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        async with asyncio.timeout(_START_SECONDS):
            address = await _address(process.stderr)
        reading = asyncio.create_task(_drain(process.stderr), name="chromium's stderr")
        try:
            yield address
        finally:
            await end(process)
            await reading


async def _address(lines: asyncio.StreamReader) -> str:
    while line := await lines.readline():
        if found := _LISTENING.search(line):
            return found[1].decode()
    raise AssertionError("chromium did not start")


async def _drain(lines: asyncio.StreamReader) -> None:
    while await lines.readline():
        pass

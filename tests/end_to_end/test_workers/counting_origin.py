"""An origin of a live stream that counts the requests for each segment."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

LARGE, SMALL = 400_000, 60_000
SEGMENT_SECONDS, ANSWER_SECONDS = 1.0, 0.3


@dataclass(kw_only=True)
class Live:
    """A live stream: a segment per second, large ones and small ones in turn.

    Each segment says when it was encoded, so that two contents are never equal.
    """

    began: float
    url: str = ""
    run: int = 0
    window: int = 5
    requests: Counter[str] = field(default_factory=Counter)
    """Requests for each segment, by run and name."""

    @property
    def end(self) -> int:
        """The number of the segment in the making."""
        now = asyncio.get_running_loop().time()
        return int((now - self.began) / SEGMENT_SECONDS)

    def restart(self) -> None:
        """Count from 0 again, under the same names and with other contents."""
        self.run += 1
        self.began = asyncio.get_running_loop().time() - 2 * SEGMENT_SECONDS

    def body(self, number: int, run: int | None = None) -> bytes:
        """Return the content of a segment."""
        told = b"run %d segment %d " % (self.run if run is None else run, number)
        size = SMALL if number % 2 else LARGE
        return (told * (size // len(told) + 1))[:size]

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request."""
        name = request.path.rpartition("/")[2]
        if name.endswith(".m3u8"):
            first = max(0, self.end - self.window)
            lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", f"# run {self.run}"]
            lines.append(f"#EXT-X-MEDIA-SEQUENCE:{first}")
            for number in range(first, self.end):
                lines += ["#EXTINF:1.0,", f"seg{number}.ts"]
            text = "\n".join([*lines, ""])
            return web.Response(text=text, content_type="application/vnd.apple.mpegurl")
        self.requests[f"{self.run} {name}"] += 1
        number = int(name.removeprefix("seg").removesuffix(".ts"))
        if not number < self.end:
            return web.Response(status=404)
        body = self.body(number)
        # Long enough for players of all workers to ask meanwhile.
        await asyncio.sleep(ANSWER_SECONDS)
        return web.Response(body=body, content_type="video/mp2t")


@asynccontextmanager
async def live() -> AsyncIterator[Live]:
    """Run the origin while the block lasts."""
    made = Live(began=asyncio.get_running_loop().time() - 6 * SEGMENT_SECONDS)
    app = web.Application()
    app.router.add_get("/{path:.*}", made.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made

"""A small origin with the test's answers, which records its requests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Decide = Callable[[web.Request], web.StreamResponse | Awaitable[web.StreamResponse]]
M3U8 = "application/vnd.apple.mpegurl"


@dataclass(slots=True)
class Origin:
    """Has an answer for each path; every other path gets 404."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    """Path and query of each request, as they were sent."""
    headers: list[dict[str, str]] = field(default_factory=list)
    _says: dict[str, Decide] = field(default_factory=dict)

    def says(
        self,
        path: str,
        body: str | bytes,
        *,
        status: int = 200,
        kind: str = "",
        **headers: str,
    ) -> None:
        """Set the answer for the path from now on, for any query.

        Text is a playlist and bytes are media, unless `kind` says otherwise.
        """
        said = kind or (M3U8 if isinstance(body, str) else "video/mp2t")
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def answer(_: web.Request) -> web.Response:
            return web.Response(
                body=content, status=status, content_type=said, headers=named
            )

        self._says[path] = answer

    def asks(self, path: str, answer: Decide) -> None:
        """Decide about each request for the path, at once or later."""
        self._says[path] = answer

    def count(self, path: str) -> int:
        """Return the number of requests for the path."""
        return sum(asked.partition("?")[0] == path for asked in self.asked)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        self.headers.append(dict(request.headers))
        answer = self._says.get(request.raw_path.partition("?")[0])
        said = answer(request) if answer else web.Response(status=404)
        return said if isinstance(said, web.StreamResponse) else await said


@asynccontextmanager
async def origin() -> AsyncIterator[Origin]:
    """Run an origin on a free port of loopback."""
    one = Origin()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", one._handle)  # noqa: SLF001
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield one
    finally:
        await runner.cleanup()

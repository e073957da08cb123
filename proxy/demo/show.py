"""The command `hls-auth-proxy demo`: runs origin and proxy, prints URLs and status."""

import asyncio
import contextlib
import math
import os
import random
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path

from proxy.app.locations import Running
from proxy.app.program import running
from proxy.clock import Clock, SystemClock
from proxy.demo import origin_server
from proxy.demo.check import check, exit_code, summary
from proxy.demo.keys import generate
from proxy.demo.origin import DemoOrigin, OriginSettings
from proxy.demo.screen import Screen
from proxy.errors import StartError
from proxy.events.event import Event, Tell
from proxy.events.refresh import TROUBLES, Outcome, Refresh
from proxy.settings import Settings, load
from proxy.tokens.waiting import within

PROFILE = Path(__file__).with_name("demo.toml")
PORT = 8080
"""The proxy's port; the next two are the origin's. The profile contains all three."""
_KEY = "DEMO_SIGNING_KEY"
_NEW = frozenset({Outcome.MINTED, Outcome.REFRESHED})
_ANOTHER = 1000

Say = Callable[[str], object]


@dataclass(slots=True)
class Display:
    """Counts the tokens, and immediately reports failures to get one."""

    say: Say
    _made: int = 0
    _failed: int = 0
    _lifetime: float = 0.0

    def __call__(self, event: Event) -> None:
        """Record a refresh; short tokens are made for each request."""
        if isinstance(event, Refresh):
            self._refresh(event)

    def _refresh(self, refresh: Refresh) -> None:
        if refresh.outcome in TROUBLES:
            self._failed += 1
            line = f"{refresh.stream}: token {refresh.outcome} {refresh.detail}"
            self.say(line.rstrip())
        if refresh.outcome in _NEW:
            self._made += 1
            self._lifetime = max(self._lifetime, refresh.lives or 0.0)

    def state(self, seconds: float) -> str:
        """Return a status line with the number of tokens in so many seconds."""
        minutes, rest = divmod(int(seconds), 60)
        return (
            f"{minutes}:{rest:02}  tokens: {self._made}, valid for"
            f" {math.ceil(self._lifetime)} s each, made while somebody plays;"
            f" failures: {self._failed}"
        )


def profile(port: int) -> str:
    """Return the profile with the proxy on this port and the origin on the next two."""
    ports = {PORT + number: port + number for number in range(3)}

    def moved(match: re.Match[str]) -> str:
        return f":{ports[int(match[1])]}"

    return re.sub(r":(808[012])\b", moved, PROFILE.read_text("utf-8"))


@contextlib.asynccontextmanager
async def shown(
    watch: Tell, clock: Clock, *, port: int = PORT
) -> AsyncIterator[tuple[DemoOrigin, Running]]:
    """Run the demo's origin and the proxy in front of it.

    Raises StartError, with other ports to try, if one of the ports is in use.
    """
    rng, pair = random.SystemRandom(), generate()
    environ = {**os.environ, _KEY: pair.private_pem}
    origin_settings = replace(
        OriginSettings(pair.public_pem), ports=(port + 1, port + 2)
    )
    program = running(
        _settings(port, environ), environ=environ, clock=clock, rng=rng, watch=[watch]
    )
    async with contextlib.AsyncExitStack() as stack:
        try:
            origin = await stack.enter_async_context(
                origin_server.running(origin_settings, clock=clock, rng=rng)
            )
            up = await stack.enter_async_context(program)
        except StartError as exc:
            another = port + _ANOTHER if port + 2 * _ANOTHER < 1 << 16 else PORT
            hint = f"other ports: hls-auth-proxy demo --port {another}"
            raise StartError(f"{exc}; {hint}") from exc
        yield origin, up


def _settings(port: int, environ: dict[str, str]) -> Settings:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PROFILE.name
        path.write_text(profile(port), "utf-8")
        return load(path, environ=environ)


async def demo(
    until: Callable[[], Coroutine[object, object, object]],
    *,
    screen: Screen,
    port: int = PORT,
) -> None:
    """Run the demo until stopped; raises StartError if a port is in use."""
    display, clock = Display(screen.say), SystemClock()
    async with shown(display, clock, port=port) as (_, program):
        screen.say(_welcome(program))
        begun = clock.mono()
        stop = asyncio.create_task(until(), name="stop of the demo")
        try:
            while not await within(clock, screen.seconds, stop):
                screen.state(display.state(clock.mono() - begun))
        finally:
            stop.cancel()
    screen.say("The demo has stopped.")


async def checked(seconds: float, *, say: Say, port: int = PORT) -> int:
    """Play all of the demo's streams for so many seconds; return the exit code.

    Raises StartError if a port is in use.
    """
    clock = SystemClock()
    async with shown(Display(say), clock, port=port) as (origin, program):
        report = await check(program.base_url, program.names, seconds, clock=clock)
        say(summary(report, origin.record()))
        return exit_code(report, origin.record())


def _welcome(program: Running) -> str:
    example = f"{program.base_url}/fastpix-live/index.m3u8"
    return "\n".join(
        [
            "An upstream is running whose tokens expire after 5 seconds.",
            "Through the proxy it plays by plain URLs that do not expire:",
            "",
            *(f"    {url}" for url in program.urls),
            "",
            f"    ffplay {example}",
            f"    vlc {example}",
            f"    mpv {example}",
            "",
            f"Overview: {program.base_url}/",
            "Press Ctrl-C to stop.",
            "",
        ]
    )

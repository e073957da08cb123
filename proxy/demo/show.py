"""What `hls-auth-proxy demo` does: origin and proxy up, what to type, what happens."""

import contextlib
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from proxy.app.locations import Running
from proxy.app.program import running
from proxy.clock import Clock, SystemClock
from proxy.demo import server
from proxy.demo.check import check, exit_code, summary
from proxy.demo.keys import generate
from proxy.demo.origin import Origin, OriginSettings
from proxy.settings import Settings, load
from proxy.tokens.report import Outcome, Refresh

PROFILE = Path(__file__).with_name("demo.toml")
_KEY = "DEMO_SIGNING_KEY"
_PORTS = (8081, 8082)
"""Those that the profile names."""
_NEW = frozenset({Outcome.MINTED, Outcome.REFRESHED})
_TROUBLE = frozenset({Outcome.FAILED, Outcome.REJECTED})

Say = Callable[[str], object]


@dataclass(slots=True)
class Display:
    """Says once per token lifetime and stream that there is a new token."""

    say: Say
    clock: Clock
    _said: dict[str, float] = field(default_factory=dict)
    _made: dict[str, int] = field(default_factory=dict)

    def __call__(self, refresh: Refresh) -> None:
        """Take note of a refresh; short tokens are made for each request."""
        stream, now = refresh.stream, self.clock.mono()
        if refresh.outcome in _TROUBLE:
            self.say(f"{stream}: token {refresh.outcome} {refresh.detail}".rstrip())
        if refresh.outcome not in _NEW:
            return
        self._made[stream] = self._made.get(stream, 0) + 1
        lives = refresh.lives or 0.0
        if now - self._said.get(stream, float("-inf")) < lives:
            return
        self._said[stream] = now
        made = self._made.pop(stream)
        many = f", {made} of them since the last line" if made > 1 else ""
        self.say(f"{stream}: new token, lives {lives:.0f} s{many}")


@contextlib.asynccontextmanager
async def shown(say: Say, clock: Clock) -> AsyncIterator[tuple[Origin, Running]]:
    """Run the demo's origin and the proxy in front of it."""
    rng, pair = random.SystemRandom(), generate()
    environ = {**os.environ, _KEY: pair.private_pem}
    settings: Settings = load(PROFILE, environ=environ)
    origin_settings = replace(OriginSettings(pair.public_pem), ports=_PORTS)
    async with (
        server.running(origin_settings, clock=clock, rng=rng) as origin,
        running(
            settings,
            environ=environ,
            clock=clock,
            rng=rng,
            watch=Display(say, clock),
        ) as program,
    ):
        yield origin, program


async def demo(until: Callable[[], Awaitable[object]], *, say: Say) -> None:
    """Show the demo until told to stop. Raises StartError where a port is in use."""
    async with shown(say, SystemClock()) as (_, program):
        say(_welcome(program))
        await until()


async def checked(seconds: float, *, say: Say) -> int:
    """Play all of the demo with itself for so long; return the exit code.

    Raises StartError where a port is in use.
    """
    clock = SystemClock()
    async with shown(say, clock) as (origin, program):
        report = await check(program.base_url, program.names, seconds, clock=clock)
        say(summary(report, origin.record()))
        return exit_code(report, origin.record())


def _welcome(program: Running) -> str:
    example = f"{program.base_url}/fastpix-live/index.m3u8"
    return "\n".join(
        [
            "An origin that demands tokens is up; they expire after 5 seconds.",
            "Through the proxy it plays by plain URLs that never do:",
            "",
            *(f"    {url}" for url in program.urls),
            "",
            f"    ffplay {example}",
            f"    vlc {example}",
            f"    mpv {example}",
            "",
            f"Overview: {program.base_url}/    Ctrl-C stops.",
            "",
        ]
    )

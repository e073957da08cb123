"""Plays one case: an origin at the far end, the proxy and a viewer at the near end."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohappyeyeballs import AddrInfoType

from proxy.clock import Clock
from proxy.demo import origin_server
from proxy.demo.keys import generate
from proxy.demo.origin import OriginSettings
from tests.lines.cases import MOST_WAIT, Case
from tests.lines.gate import Gate, gate
from tests.lines.line import Line, line
from tests.lines.namespace import Namespace
from tests.lines.viewer import Noticed, Viewer
from tests.soak.process import running

PLAYED_SECONDS = 6.0
"""Before the fault: the proxy then has connections, and knows the playlist."""
PATIENCE_SECONDS = 60.0
"""How long to wait for something new after the end of a fault."""

OVERHEAD_SECONDS = 0.25
"""What the path to the viewer and a busy machine may add to a wait."""

_LOOK_SECONDS = 0.1
_ENTRY = "/bearer/demo-live/index.m3u8"
_PROFILE = """\
[server]
listen = "127.0.0.1:0"

[log]
level = "debug"

[streams.live]
url = "{url}"
placement = [{{ header = "Authorization", value = "Bearer {{token}}" }}]
reach = "all"

[streams.live.token]
source = "sign-jwt"
algorithm = "RS256"
key_file = "{key}"
key_id = "demo-key"
claims = {{ sub = "demo-live" }}
lifetime = 60
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """The results of one case."""

    case: Case
    noticed: Noticed
    back: float | None
    """Seconds from the end of the fault until something new came; None: nothing
    came."""

    @property
    def holds(self) -> bool:
        """Return whether the player noticed no more than allowed."""
        most, back = self.case.most_back, self.back
        in_time = most is None or (back is not None and back <= most)
        failed = self.case.bridged and self.noticed.failures
        waited = self.noticed.waited - OVERHEAD_SECONDS
        return in_time and not failed and waited <= MOST_WAIT


async def played(case: Case, folder: Path, *, clock: Clock) -> Figures:
    """Play one case; configuration, key and log are in `folder`.

    Raises StartError if the line cannot be created.
    """
    rng = random.Random(case.name)  # noqa: S311 - jitter that repeats
    pair = generate()
    key, config = folder / "signing.pem", folder / "lines.toml"
    key.touch(mode=0o600)
    key.write_text(pair.private_pem)
    settings = OriginSettings(pair.public_pem)
    async with (
        origin_server.running(settings, clock=clock, rng=rng) as origin,
        line(rng) as one,
        gate(one.listen, urlsplit(origin.front_url).port or 0) as before,
    ):
        config.write_text(_PROFILE.format(url=before.url + _ENTRY, key=key))
        async with (
            running(config, folder / "proxy.log", prefix=one.near.prefix) as proxy,
            _viewer(one.near, clock) as viewer,
        ):
            url = f"{proxy.base_url}/live/index.m3u8"
            watching = asyncio.create_task(viewer.watch(url), name=f"viewer {case}")
            try:
                back = await _measured(case, viewer, (one, before), clock)
            finally:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching
    return Figures(case, viewer.noticed, back)


async def _measured(
    case: Case, viewer: Viewer, wrong: tuple[Line, Gate], clock: Clock
) -> float | None:
    if not case.at_once:
        await clock.sleep(PLAYED_SECONDS)
    await case.fault(*wrong, clock)
    over, known = clock.mono(), viewer.noticed.newest
    seconds = case.watched or PATIENCE_SECONDS
    while clock.mono() < over + seconds:
        if case.most_back is not None and viewer.noticed.newest > known:
            break
        await clock.sleep(_LOOK_SECONDS)
    viewer.conclude()
    if case.most_back is None or viewer.noticed.newest == known:
        return None
    return viewer.noticed.renewed_at - over


@contextlib.asynccontextmanager
async def _viewer(near: Namespace, clock: Clock) -> AsyncIterator[Viewer]:
    def connection(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, _ = info
        return near.run(lambda: socket.socket(family, kind, protocol))

    connector = aiohttp.TCPConnector(socket_factory=connection)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Viewer(session, clock)

"""Secrets appear nowhere but upstream: the tests search for marked secrets (S5)."""

import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote

import pytest
import structlog

from proxy.app.program import running
from proxy.log import configure
from proxy.settings import Settings, load
from tests.contract.gossip import CONFIG, STREAMS, Gossip
from tests.fake_clock import FakeClock
from tests.streams.origin import origin
from tests.tokens.scripted import seeded
from tests.web.fakes import Heard, ask

ACCESS_KEY = "canary-access-key-0123456789"
MARK = "canary-"
"""How every secret of the configuration and of the origin begins."""
GIVEN = {"canary-api-key", "canary-session"}
"""What another origin of the configuration may get: a stream's own headers go to all
of them, and a session is the upstream's to hand on."""
KEEPS_NOTHING = "[store]\nmemory_bytes = 0\n"


@dataclass(slots=True)
class Scene:
    """The program with that origin, and everything that it shows."""

    gossip: Gossip
    port: int
    _: KW_ONLY
    settings: Settings = field(repr=False)
    log: io.StringIO = field(repr=False)
    heard: list[str] = field(default_factory=list, repr=False)
    statuses: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def get(self, path: str) -> Heard:
        """Send a request to the program, and record every byte of the answer."""
        self.asked.append(path)
        got = await ask(self.port, path)
        fields = "\n".join(f"{name}: {value}" for name, value in got.headers.items())
        self.heard.append(f"{fields}\n{got.body.decode('latin-1')}")
        self.statuses.append(got.status)
        return got

    async def play(self, path: str) -> None:
        """Get a playlist and everything that it lists."""
        got = await self.get(path)
        text = got.body.decode("latin-1")
        if not text.startswith("#EXTM3U"):
            return
        listed = [line for line in text.splitlines() if line and line[0] != "#"]
        for reference in listed + re.findall(r'URI="([^"]+)"', text):
            await self.play(normpath(f"{path}/../{reference}"))

    async def look(self) -> str:
        """Return everything that players and operators can see.

        A player knows the access key, so its URLs may contain it.
        """
        for page in ("", "metrics", "status.json", "livez", "readyz"):
            await self.get(f"/{ACCESS_KEY}/{page}")
        shown = [repr(self.settings), str(self.settings), self.log.getvalue()]
        heard = "\n".join(self.heard).replace(f"/{ACCESS_KEY}/", "/")
        return "\n".join([heard, *shown])


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Record everything that is logged, and restore the logging afterwards."""
    root, out = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure(out, form="json", level="debug")
    root.setLevel(logging.DEBUG)
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@asynccontextmanager
async def staged(
    folder: Path, log: io.StringIO, *, keeps: bool = True
) -> AsyncIterator[Scene]:
    """Run the program with a stream for each kind of secret.

    Unless it `keeps` media, each request for some goes upstream.
    """
    async with origin() as home, origin() as away:
        away.url = away.url.replace("127.0.0.1", "localhost")
        gossip = Gossip(home, away)
        gossip.listen()
        path = folder / "canary.toml"
        config = CONFIG.format(home=home.url, away=away.url, key=ACCESS_KEY)
        path.write_text(config if keeps else f"{config}\n{KEEPS_NOTHING}")
        path.chmod(0o600)
        settings = load(path, environ={})
        async with running(
            settings, environ={}, clock=FakeClock(), rng=seeded()
        ) as program:
            yield Scene(gossip, program.addresses[0].port, settings=settings, log=log)


def found(text: str, told: set[str]) -> set[str]:
    """Return the secrets in a text, percent-encoded or not."""
    text = f"{text}\n{unquote(text)}"
    return {each for each in told if each in text} | set(
        re.findall(f"{MARK}[a-z-]*", text)
    )


async def test_s5_no_secret_is_visible_while_playing(
    tmp_path: Path, log: io.StringIO
) -> None:
    """All streams and everything visible are checked; all secrets went upstream."""
    async with staged(tmp_path, log) as scene:
        for stream in STREAMS:
            await scene.play(f"/{ACCESS_KEY}/{stream}/index.m3u8")
        assert scene.statuses == [200] * 4 * len(STREAMS)
        seen = await scene.look()
        told = scene.gossip.told
    sent = (
        *("cookie-token", "session", "whole-url", "access-token", "first-token"),
        *("renewed-header", "api-key"),
    )
    assert {f"{MARK}{name}" for name in sent} <= told
    assert any(each.startswith("eyJ") for each in told)
    assert not found(seen, told)


@pytest.mark.parametrize("fails", ["refused", "fault", "redirect"])
@pytest.mark.parametrize("begun", [False, True])
async def test_s5_no_secret_is_visible_in_failures(
    tmp_path: Path, log: io.StringIO, fails: str, *, begun: bool
) -> None:
    """From the start or after playing; the target of a redirect sees none either."""
    async with staged(tmp_path, log, keeps=False) as scene:
        gossip = scene.gossip
        entries = [f"/{ACCESS_KEY}/{stream}/index.m3u8" for stream in STREAMS]
        for path in entries if begun else ():
            await scene.play(path)
        media = [path for path in scene.asked if not path.endswith(".m3u8")]
        assert len(media) == (2 * len(STREAMS) if begun else 0)
        gossip.fails = fails
        for path in media or entries:
            got = await scene.get(path)
            assert got.status >= 400
        seen = await scene.look()
    assert gossip.told
    assert not found(seen, gossip.told)
    assert (fails == "redirect") or "the upstream says: " in seen
    shown = "\n".join([*gossip.away.asked, *map(repr, gossip.away.headers)])
    # The platform may also repeat the signatures of children.
    signed = {f"{MARK}whole-url"} if begun else set[str]()
    assert not found(shown, gossip.told) - GIVEN - signed

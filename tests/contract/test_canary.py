"""Secrets appear nowhere but upstream: the tests search for marked secrets (S5)."""

import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath
from urllib.parse import parse_qsl, quote, unquote

import pytest
import structlog
from aiohttp import web

from proxy.app.program import running
from proxy.log import configure
from proxy.settings import Settings, load
from tests.fake_clock import FakeClock
from tests.streams.origin import M3U8, Origin, origin
from tests.tokens.scripted import seeded
from tests.web.fakes import Heard, ask

ACCESS_KEY = "canary-access-key-0123456789"
MARK = "canary-"
"""How every secret of the configuration and of the origin begins."""

SHORTEST = 12
GIVEN = {"canary-api-key", "canary-session"}
"""What another origin of the configuration may get: a stream's own headers go to all
of them, and a session is the upstream's to hand on."""
STREAMS = ("hmac", "hash", "cookie", "whole", "oauth2", "basic", "renewed", "own")
KEEPS_NOTHING = "[store]\nmemory_bytes = 0\n"
CONFIG = """
[server]
listen = "127.0.0.1:0"
access_key = "{key}"
[streams.hmac]
url = "{home}/hmac/v.m3u8"
origins = ["{away}"]
reach = "all"
placement = [{{ query = "token" }}]
[streams.hmac.token]
source = "sign-jwt"
algorithm = "HS256"
key = "canary-hmac-key-canary-hmac-key-canary-hmac-key"
key_id = "key-1"
[streams.hash]
provider = "nginx-secure-link"
url = "{home}/hash/v.m3u8"
origins = ["{away}"]
token = {{ source = "sign-hash", key = "canary-hash-key" }}
[streams.cookie]
url = "{home}/cookie/v.m3u8"
origins = ["{away}"]
reach = "all"
placement = [{{ cookie = "gate" }}]
token = {{ source = "static", value = "canary-cookie-token" }}
[streams.whole]
url = "{home}/whole/v.m3u8"
origins = ["{away}"]
placement = [{{ whole_url = true }}]
token = {{ source = "static", value = "{home}/whole/v.m3u8?sig=canary-whole-url" }}
[streams.oauth2]
url = "{home}/oauth2/v.m3u8"
origins = ["{away}"]
reach = "all"
placement = [{{ header = "Authorization", value = "Bearer {{token}}" }}]
[streams.oauth2.token]
source = "oauth2"
token_url = "{home}/token"
client_id = "client-1"
client_secret = "canary-client-secret"
[streams.basic]
url = "{home}/basic/v.m3u8"
origins = ["{away}"]
reach = "all"
placement = [{{ basic = "{{user}}", value = "{{password}}" }}]
[streams.basic.token]
source = "static"
fields = {{ user = "canary-user", password = "canary-password" }}
[streams.renewed]
url = "{home}/renewed/v.m3u8"
origins = ["{away}"]
reach = "all"
renewed_headers = ["Common-Access-Token"]
placement = [{{ header = "Common-Access-Token" }}]
token = {{ source = "static", value = "canary-first-token" }}
[streams.own]
url = "{home}/own/v.m3u8"
origins = ["{away}"]
headers = {{ X-Api-Key = "canary-api-key" }}
"""
ENTRY = (
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000000,"
    'CODECS="avc1.42c01e"\nlow.m3u8?{query}\n'
)
MEDIA = (
    '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-KEY:METHOD=AES-128,URI="k.key?{query}"\n'
    "#EXTINF:4,\ns.ts?{query}\n#EXT-X-ENDLIST\n"
)


@dataclass(slots=True)
class Gossip:
    """An origin that repeats everything it was sent, in every part of its answers."""

    home: Origin
    away: Origin
    fails: str = ""
    """How it fails: by a refusal, a fault, or a redirect to somebody else."""
    told: set[str] = field(default_factory=set)
    """What it was told in the places where secrets go."""
    plain: str = ""
    """The last of that, word by word."""

    def listen(self) -> None:
        """Answer for every stream, and as a token service."""
        self.home.asks("/token", self.token)
        self.away.says("/", b"no", status=410)
        for stream in STREAMS:
            for name in ("v.m3u8", "low.m3u8", "s.ts", "k.key"):
                self.home.asks(f"/{stream}/{name}", self.answer)

    def token(self, request: web.Request) -> web.Response:
        """Give an access token, or repeat the credentials in an error."""
        told = self._told(request)
        if self.fails:
            error = {"error": told, "error_description": f"not {self.plain}"}
            return web.json_response(error, status=401, reason="Told")
        token = {"access_token": "canary-access-token", "token_type": "Bearer"}
        return web.json_response({**token, "expires_in": 60})

    def answer(self, request: web.Request) -> web.Response:
        """Answer or fail, and repeat everything."""
        told = self._told(request)
        headers = {
            "Set-Cookie": "sid=canary-session; Path=/",
            "Common-Access-Token": "canary-renewed-header",
            "X-Told": told,
            "Link": f"<{self.home.url}/?{told}>",
        }
        match self.fails:
            case "refused":
                said = f'Bearer error="no", error_description="not {self.plain}"'
                headers["WWW-Authenticate"] = said
                text = f"no to {self.plain}, {told}"
                return web.Response(status=403, text=text, headers=headers)
            case "fault":
                text = f'{{"message": "{self.plain} or {told}"}}'
                return web.Response(status=501, text=text, headers=headers)
            case "redirect":
                headers["Location"] = f"{self.away.url}/?to={told}"
                return web.Response(status=302, headers=headers)
        if request.path.endswith(".m3u8"):
            entry = request.path.endswith("/v.m3u8")
            text = (ENTRY if entry else MEDIA).format(query=request.query_string)
            return web.Response(text=text, content_type=M3U8, headers=headers)
        return web.Response(body=b"\0media, 16 bytes", headers=headers)

    def _told(self, request: web.Request) -> str:
        pairs = parse_qsl(request.rel_url.raw_query_string)
        said = [value for _, value in pairs]
        for name in ("Authorization", "Cookie", "Common-Access-Token", "X-Api-Key"):
            said += re.split(r"[ ;=]+", request.headers.get(name, ""))
        self.told |= {each for each in said if len(each) >= SHORTEST}
        self.plain = " ".join(said)
        return quote("&".join(said), safe="")


@dataclass(slots=True)
class Scene:
    """The program with that origin, and everything that it shows."""

    gossip: Gossip
    port: int
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
            yield Scene(gossip, program.addresses[0].port, settings, log)


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

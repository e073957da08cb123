"""No secret reaches a player, in whatever spelling and place the upstream repeats it.

In addition to `test_canary`: this upstream deliberately writes everything that it was
ever sent into every place for text in its answers, in one spelling after the other.
"""

import html
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath
from urllib.parse import parse_qsl, quote, unquote

import pytest
from aiohttp import BasicAuth, web
from structlog.testing import capture_logs

from proxy.app.program import running
from proxy.settings import load
from tests.fake_clock import FakeClock
from tests.spellings import SPELLINGS
from tests.streams.origin import M3U8, Origin, origin
from tests.tokens.scripted import seeded
from tests.web.fakes import Heard, ask

MOST_GIVEN = 3
"""How often the upstream gives a new cookie and credential."""
TOKEN = "canary+tok/en==of&m"
STREAMS = ("query", "header", "cookie", "basic", "whole", "own", "user", "given")
KEEPS_NOTHING = "[store]\nmemory_bytes = 0\n"
CONFIG = """
[server]
listen = "127.0.0.1:0"
[streams.query]
url = "{home}/query/v.m3u8"
placement = [{{ query = "token" }}]
token = {{ source = "static", value = "{token}" }}
[streams.header]
url = "{home}/header/v.m3u8"
reach = "all"
placement = [{{ header = "Authorization", value = "Bearer {{token}}" }}]
token = {{ source = "static", value = "{token}" }}
[streams.cookie]
url = "{home}/cookie/v.m3u8"
placement = [{{ cookie = "gate" }}]
token = {{ source = "static", value = "{token}" }}
[streams.basic]
url = "{home}/basic/v.m3u8"
placement = [{{ basic = "{{user}}", value = "{{password}}" }}]
[streams.basic.token]
source = "static"
fields = {{ user = "canary-user", password = "{token}" }}
[streams.whole]
url = "{home}/whole/v.m3u8"
placement = [{{ whole_url = true }}]
token = {{ source = "static", value = "{home}/whole/v.m3u8?sig={quoted}" }}
[streams.own]
url = "{home}/own/v.m3u8"
headers = {{ X-Api-Key = "{token}" }}
[streams.user]
url = "{user}/user/v.m3u8"
[streams.given]
url = "{home}/given/v.m3u8"
reach = "all"
renewed_headers = ["X-Renewed"]
placement = [{{ header = "X-Renewed" }}]
token = {{ source = "static", value = "{token}" }}
"""
ENTRY = """#EXTM3U
# told {echo}
#EXT-X-CONTENT-STEERING:SERVER-URI="steer.json"
#EXT-X-SESSION-DATA:DATA-ID="told",VALUE="{echo}"
#EXT-X-SESSION-DATA:DATA-ID="{echo}",URI="data.json"
#EXT-X-STREAM-INF:BANDWIDTH=1000000,CODECS="avc1.42c01e"
low.m3u8
"""
MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-DATERANGE:ID="ad",START-DATE="2026-01-01T00:00:00Z",X-ASSET-LIST="list.json",X-A="{echo}"
#EXTINF:4,{echo}
s.vtt
#EXTINF:4,
s-{name}.vtt
#EXT-X-{echo}
#EXT-X-ENDLIST
"""


@dataclass(slots=True)
class Echo:
    """An origin that writes everything a stream sent into every answer to it."""

    spelt: Callable[[str], str] = str
    told: dict[str, set[str]] = field(default_factory=dict)
    answers: int = 0

    def answer(self, request: web.Request) -> web.Response:
        """Answer, and bring new credentials with each answer."""
        stream = request.path.split("/")[1]
        told = self.told.setdefault(stream, set())
        told |= {value for value in _said(request) if "canary" in value}
        self.answers += stream == "given"
        echo = " ".join(map(self.spelt, sorted(told)))
        headers = {
            "ETag": f'"{echo}"',
            "Last-Modified": echo,
            "Cache-Control": f'private="{echo}"',
            "CMSD-Dynamic": echo,
            "Content-Type": f'text/vtt; told="{echo}"',
        }
        if stream == "given":
            number = min(self.answers, MOST_GIVEN)
            headers["X-Renewed"] = f"{TOKEN}-{number}"
            headers["Set-Cookie"] = f"sid=canary-cookie-{number}; Path=/given"
        name = quote(min(told, key=len, default=""), safe="")
        return self._written(request.path, echo, name, headers)

    def _written(
        self, path: str, echo: str, name: str, headers: dict[str, str]
    ) -> web.Response:
        if path.endswith(".m3u8"):
            headers["Content-Type"] = M3U8
            text = ENTRY if path.endswith("/v.m3u8") else MEDIA
            text = text.format(echo=echo, name=name)
        elif path.endswith(".json"):
            headers["Content-Type"] = "application/json"
            listed = {"ASSETS": [{"URI": "low.m3u8", "DURATION": 4, "X-TOLD": echo}]}
            steered = {"VERSION": 1, "TTL": 10, "PATHWAY-PRIORITY": ["."]}
            kept = listed if path.endswith("list.json") else steered
            text = json.dumps({**kept, "told": echo}).replace("/", "\\/")
        else:
            text = f"WEBVTT\n\n00:00.000 --> 00:04.000\n{echo}\n"
        return web.Response(body=text.encode(), headers=headers)


def _said(request: web.Request) -> list[str]:
    """Return the credentials in a request, taken apart."""
    said = [v for _, v in parse_qsl(request.rel_url.raw_query_string)]
    said += request.cookies.values()
    named = ("X-Api-Key", "X-Renewed")
    said += [request.headers.get(name, "") for name in named]
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        pair = BasicAuth.decode(f"Basic {credentials}", encoding="utf-8")
        return [*said, pair.login, pair.password, f"{pair.login}:{pair.password}"]
    return [*said, credentials]


@dataclass(slots=True)
class Scene:
    """The program with the echoing origin."""

    home: Origin
    echo: Echo
    port: int
    heard: list[tuple[str, Heard]] = field(default_factory=list)

    async def play(self, path: str) -> None:
        """Get a document and everything that it refers to."""
        got = await ask(self.port, path)
        self.heard.append((path, got))
        text = got.body.decode()
        listed = re.findall(r'(?:URI|LIST)"?[=:] ?"([^"]+)"', text)
        if text.startswith("#EXTM3U"):
            listed += [line for line in text.splitlines() if line and line[0] != "#"]
        for reference in listed:
            there = normpath(f"{path}/../{reference}")
            if reference[0] != "h" and there not in dict(self.heard):
                await self.play(there)


@asynccontextmanager
async def staged(folder: Path, *, keeps: bool = True) -> AsyncIterator[Scene]:
    """Run the program with a stream for each way of sending a secret.

    Unless it `keeps` media, each request for some goes upstream.
    """
    async with origin() as home:
        echo = Echo()
        for stream in STREAMS:
            _listen(home, stream, echo)
        path, quoted = folder / "echo.toml", quote(TOKEN, safe="")
        user = home.url.replace("//", f"//canary-user:{quoted}@")
        config = CONFIG.format(home=home.url, user=user, token=TOKEN, quoted=quoted)
        path.write_text(config if keeps else f"{config}\n{KEEPS_NOTHING}")
        path.chmod(0o600)
        async with running(
            load(path, environ={}), environ={}, clock=FakeClock(), rng=seeded()
        ) as program:
            yield Scene(home, echo, program.addresses[0].port)


def _listen(home: Origin, stream: str, echo: Echo) -> None:
    for name in ("v.m3u8", "low.m3u8", "steer.json", "data.json", "list.json", "s.vtt"):
        home.asks(f"/{stream}/{name}", echo.answer)
    for name in (TOKEN, "canary-user", "canary-cookie-1"):
        home.asks(f"/{stream}/s-{quote(name, safe='')}.vtt", echo.answer)


def meant(text: str) -> set[str]:
    """Return a text with its escapes decoded, layer by layer, in several orders."""
    readings = {text}
    for _ in range(3):
        readings |= {
            read(one)
            for one in readings
            for read in (unquote, html.unescape, _unescaped)
        }
    return readings


def _unescaped(text: str) -> str:
    text = re.sub(r"\\u00([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), text)
    return re.sub(r"\\(.)", r"\1", text)


@pytest.mark.parametrize("spelt", SPELLINGS.values(), ids=SPELLINGS)
async def test_s5_no_spelling_of_a_secret_reaches_the_player(
    tmp_path: Path, spelt: Callable[[str], str]
) -> None:
    """Everything still plays, and public values stay."""
    async with staged(tmp_path) as scene:
        scene.echo.spelt = spelt
        for stream in STREAMS:
            await scene.play(f"/{stream}/index.m3u8")
            await scene.play(f"/{stream}/index.m3u8?again")
        told = {spelt(one) for each in scene.echo.told.values() for one in each}
        assert all(scene.echo.told[stream] for stream in STREAMS)
    assert {got.status for _, got in scene.heard} == {200}
    for path, got in scene.heard:
        fields = "\n".join(f"{name}: {value}" for name, value in got.headers.items())
        seen = f"{path}\n{fields}\n{got.body.decode()}"
        assert not [one for one in told if one[4:-4] in seen], path
        assert not [one for one in meant(seen) if "canary" in one], path


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("v.m3u8", b"#EXTM3U\n# NESTED\n", "cannot be taken out"),
        ("v.m3u8", f"\ufeff{ENTRY}".encode("utf-16"), "UTF-16"),
        ("s.vtt", b"WEBVTT\n\nNESTED\n", "cannot be taken out"),
        ("s.vtt", f"WEBVTT\n\n{TOKEN}\n".encode("utf-16"), "cannot be taken out"),
        ("list.json", b'{"ASSETS": [], "told": "NESTED"}', "cannot be taken out"),
    ],
)
async def test_s5_a_document_whose_secret_cannot_be_removed_is_refused(
    tmp_path: Path, name: str, body: bytes, why: str
) -> None:
    """The player gets 502 without details; the operator gets the reason."""
    nested = f"{TOKEN[:7] * 40}{TOKEN[7:] * 40}".encode()
    async with staged(tmp_path, keeps=False) as scene:
        path = "/query/index.m3u8"
        if name != "v.m3u8":  # or the last good one would answer
            await scene.play(path)
            stem, _, extension = name.partition(".")
            local = re.compile(rf"/query/.*/{stem}(-\w+)?\.{extension}")
            (path,) = {path for path, _ in scene.heard if local.fullmatch(path)}
        scene.home.asks(
            f"/query/{name}",
            lambda _: web.Response(
                body=body.replace(b"NESTED", nested),
                content_type=M3U8 if name == "v.m3u8" else "text/plain",
            ),
        )
        with capture_logs() as logged:
            got = await ask(scene.port, path)
    assert got.status == 502
    assert b"canary" not in got.body
    assert "canary" not in str(dict(got.headers))
    assert [line for line in logged if why in str(line.get("detail"))]

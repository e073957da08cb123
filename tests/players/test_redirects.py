"""Players that are redirected to the upstream for media, with its current URL."""

import re
import shutil
from pathlib import Path

import aiohttp
import imageio_ffmpeg
import pytest

from proxy.demo.media import Container
from tests.end_to_end.player import play
from tests.end_to_end.stage import Stage, stage
from tests.players.conftest import Opened
from tests.players.screen import reached, started, watched
from tests.players.vlc import vlc
from tests.players.web_page import page_origin, web_page

# Six lifetimes of a token, nearly four of a signed child.
SECONDS = 31
FRAMES = 25 * SECONDS
P360 = {"with": "hls.js", "height": "360"}
# The other styles have the token in a header, which no redirect carries.
STYLES = ("fastpix", "cloudflare")
KINDS = {"live": "live", "vod": "VOD"}
PROGRAMS = {
    "FFmpeg, newest": imageio_ffmpeg.get_ffmpeg_exe(),
    "FFmpeg, system's": shutil.which("ffmpeg") or "",
}
_ASKED = re.compile(
    r'hls_auth_proxy_upstream_requests_total\{.*role="(?:segment|map)".*\} (\S+)'
)

pytestmark = pytest.mark.parametrize("style", STYLES)


async def redirect(set_up: Stage, stream: str) -> str:
    """Let a stream redirect; return its URL."""
    table = f"[streams.{stream}]\n"
    text = set_up.program.config.read_text()
    assert table in text
    text = text.replace('"127.0.0.1:0"', f'"127.0.0.1:{set_up.program.port}"')
    await set_up.program.reload(text.replace(table, f'{table}delivery = "redirect"\n'))
    return set_up.untapped(stream)


async def fetched_itself(set_up: Stage, stream: str) -> int:
    """Require that no media came through the proxy, and that nothing was refused.

    Return the number of requests to the origin.
    """
    page = f"http://127.0.0.1:{set_up.program.port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(page) as answer:
        assert sum(map(float, _ASKED.findall(await answer.text()))) == 0
    record = set_up.origin.record().stream(stream)
    assert not {why: n for why, n in record.refusals.items() if "token" in why}
    log = b"".join(set_up.program.log)
    assert not [secret for secret in set_up.secrets if secret in log]
    return record.requests


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("player", PROGRAMS)
async def test_ffmpeg(
    player: str, kind: str, style: str, cells: Opened, tmp_path: Path
) -> None:
    """Every frame of all renditions arrives in time."""
    saw, stream = cells(player, style, f"{KINDS[kind]}, redirected"), f"{style}-{kind}"
    async with stage(tmp_path, Container.TS) as set_up:
        url = await redirect(set_up, stream)
        program = PROGRAMS[player]
        played = await play(url, SECONDS, paced=kind == "vod", program=program)
        assert await fetched_itself(set_up, stream) > 0
    assert played.exit_code == 0
    assert played.frames[:2] == [FRAMES] * 2
    assert played.gaps == 0
    saw(f"{KINDS[kind]}, redirected", f"{played.frames[0]} frames")


@pytest.mark.parametrize("kind", KINDS)
async def test_vlc(kind: str, style: str, cells: Opened, tmp_path: Path) -> None:
    """It plays on while tokens and signatures expire."""
    saw, stream = cells("VLC", style, f"{KINDS[kind]}, redirected"), f"{style}-{kind}"
    async with stage(tmp_path, Container.TS) as set_up:
        url = await redirect(set_up, stream)
        async with vlc(url) as screen:
            await started(screen)
            seen = await watched(screen, SECONDS)
        await fetched_itself(set_up, stream)
    assert seen.noticed() == []
    saw(f"{KINDS[kind]}, redirected", f"{seen.frames} frames")


@pytest.mark.parametrize("kind", KINDS)
async def test_hls_js(kind: str, style: str, cells: Opened, tmp_path: Path) -> None:
    """In a page of another origin: the platform must allow any page."""
    saw, stream = (
        cells("hls.js", style, f"{KINDS[kind]}, redirected"),
        f"{style}-{kind}",
    )
    async with (
        page_origin() as origin,
        stage(tmp_path, Container.TS, page_origin=origin) as set_up,
    ):
        url = await redirect(set_up, stream)
        async with web_page(origin, url, P360) as screen:
            await started(screen)
            seen = await watched(screen, SECONDS)
            assert seen.noticed() == []
            if kind == "vod":
                # Far ahead, then back: the signatures of both expired long ago.
                for place in (100, 3):
                    await screen.seek(place)
                    await reached(screen, place)
                    assert (await watched(screen, 6)).noticed() == []
        await fetched_itself(set_up, stream)
    saw(f"{KINDS[kind]}, redirected", f"{seen.frames} frames")

"""The origin on its ports."""

import asyncio
import itertools
import random
import re
import socket
from collections.abc import AsyncIterator

import aiohttp
import imageio_ffmpeg
import pytest
from yarl import URL

from proxy.clock import SystemClock
from proxy.demo import keys
from proxy.demo.media import Container
from proxy.demo.origin import DemoOrigin, OriginSettings
from proxy.demo.origin_server import running
from proxy.errors import StartError

RNG = random.Random(1)  # noqa: S311 -- repeatable on purpose
HOUR = 3600.0
# One loop and a half.
VOD_SECONDS = 28.8


@pytest.fixture
async def origin(pair: keys.KeyPair) -> AsyncIterator[DemoOrigin]:
    """Run an origin on its own ports."""
    settings = OriginSettings(
        pair.public_pem,
        child_seconds=HOUR,
        vod_seconds=VOD_SECONDS,
        live_container=Container.TS,
    )
    async with running(settings, clock=SystemClock(), rng=RNG) as origin:
        yield origin


@pytest.fixture
def segment_url(origin: DemoOrigin, pair: keys.KeyPair) -> str:
    """Return the URL of an available segment."""
    return f"{origin.front_url}/{token(pair)}/video/360/seg_0.mp4"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client."""
    async with aiohttp.ClientSession() as session:
        yield session


def token(pair: keys.KeyPair, subject: str = "demo-vod") -> str:
    """Sign a token of an hour."""
    claims = keys.subject_claims(subject)
    return keys.sign(pair, claims, expires_at=SystemClock().wall() + HOUR)


def entry_url(origin: DemoOrigin, pair: keys.KeyPair, stream: str) -> str:
    """Return the URL of an entry; bearer also needs a header."""
    low, _, other = stream.partition("-")
    house, kind = (other, low) if low == "ll" else (low, other)
    name = f"demo-{kind}"
    expires_at = SystemClock().wall() + HOUR
    opens = keys.sign(pair, keys.fastpix_claims(name), expires_at=expires_at)
    path = {
        "fastpix": f"{name}.m3u8?token={opens}",
        "cloudflare": f"{token(pair, name)}/manifest/video.m3u8",
        "bearer": f"bearer/{name}/index.m3u8",
    }
    return f"{origin.front_url}/{path[house]}"


async def test_the_entry_leads_to_the_other_port(
    origin: DemoOrigin, pair: keys.KeyPair, session: aiohttp.ClientSession
) -> None:
    """A child's URL, sent as it is written, matches its signature."""
    entry = await session.get(entry_url(origin, pair, "fastpix-vod"))
    child = re.search(r"^http.*$", await entry.text(), re.MULTILINE)
    assert child

    exact = await session.get(URL(child[0], encoded=True))
    requoted = await session.get(URL(child[0]))

    assert origin.edge_url in child[0]
    assert entry.content_type == exact.content_type == "application/vnd.apple.mpegurl"
    # yarl decodes what need not be encoded. The demo shows this trap.
    assert (exact.status, requoted.status) == (200, 403)


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        (None, 200, slice(None)),
        ("bytes=0-", 206, slice(None)),
        ("bytes=5-9", 206, slice(5, 10)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=9000000-", 416, slice(0, 0)),
        ("nonsense", 200, slice(None)),
    ],
)
async def test_segments_are_served_in_ranges(
    segment_url: str,
    session: aiohttp.ClientSession,
    wanted: str | None,
    status: int,
    part: slice,
) -> None:
    """RFC 9110, section 14.2: the requested part, or all of it."""
    whole = await (await session.get(segment_url)).read()

    reply = await session.get(segment_url, headers={"Range": wanted} if wanted else {})

    assert status == reply.status
    assert whole[part] == await reply.read()


async def test_a_range_of_another_version_is_not_served(
    segment_url: str, session: aiohttp.ClientSession
) -> None:
    """With If-Range: the part if it is the same version, else the whole."""
    tag = (await session.get(segment_url)).headers["ETag"]
    headers = {"Range": "bytes=5-9"}

    same = await session.get(segment_url, headers={**headers, "If-Range": tag})
    other = await session.get(segment_url, headers={**headers, "If-Range": '"other"'})

    assert (same.status, other.status) == (206, 200)


async def test_methods(
    origin: DemoOrigin, pair: keys.KeyPair, session: aiohttp.ClientSession
) -> None:
    """HEAD has the headers of GET; nothing else is allowed."""
    url = entry_url(origin, pair, "cloudflare-vod")
    got, headed = await session.get(url), await session.head(url)

    assert (headed.status, await headed.read()) == (200, b"")
    assert headed.headers["Content-Length"] == str(len(await got.read()))
    assert (await session.post(url)).status == 405


async def test_a_refusal_challenges(
    origin: DemoOrigin, session: aiohttp.ClientSession
) -> None:
    """401 with WWW-Authenticate and JSON, which no player may see."""
    reply = await session.get(f"{origin.front_url}/bearer/demo-vod/index.m3u8")

    assert (
        reply.status,
        reply.headers["WWW-Authenticate"],
    ) == (401, 'Bearer realm="demo"')
    assert (await reply.json())["error"]["message"] == "missing token"


async def test_a_port_in_use_is_reported(pair: keys.KeyPair) -> None:
    """In one line, with the port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = OriginSettings(pair.public_pem, ports=(0, port))

        with pytest.raises(StartError, match=f":{port} is in use"):
            async with running(settings, clock=SystemClock(), rng=RNG):
                pass


async def ffmpeg(
    origin: DemoOrigin,
    pair: keys.KeyPair,
    stream: str,
    *more: str,
    loglevel: str = "warning",
) -> str:
    """Play a stream with FFmpeg; return the hashes of its packets."""
    subject = "demo-ll" if stream.startswith("ll") else stream.replace("bearer", "demo")
    bearer = f"Authorization: Bearer {token(pair, subject)}\r\n"
    process = await asyncio.create_subprocess_exec(
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", loglevel, "-nostdin"),
        *(("-headers", bearer) if "bearer" in stream else ()),
        *("-i", entry_url(origin, pair, stream), "-map", "0:v", "-map", "0:a", *more),
        *("-f", "framemd5", "-"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert (process.returncode, complained.decode()) == (0, "")
    return said.decode()


@pytest.mark.parametrize("house", ["fastpix", "cloudflare", "bearer"])
async def test_ffmpeg_plays_a_recording_over_the_end_of_the_loop(
    origin: DemoOrigin, pair: keys.KeyPair, house: str
) -> None:
    """Without a warning or a missing frame, including AES-128."""
    said = await ffmpeg(origin, pair, f"{house}-vod")
    tracks: dict[str, list[tuple[int, int]]] = {}
    for frame in said.split("\n"):
        if frame and not frame.startswith("#"):
            number, _, pts, duration = frame.replace(" ", "").split(",")[:4]
            tracks.setdefault(number, []).append((int(pts), int(duration)))

    assert sorted(map(len, tracks.values())) == [720, 720, 1350]
    for track in tracks.values():
        begins = [pts for pts, _ in track]
        ends = [pts + duration for pts, duration in track]
        assert begins[1:] == ends[:-1]


@pytest.mark.parametrize("house", ["fastpix", "cloudflare", "bearer"])
async def test_ffmpeg_plays_a_live_stream(
    origin: DemoOrigin, pair: keys.KeyPair, house: str
) -> None:
    """The whole window, without a warning."""
    assert await ffmpeg(origin, pair, f"{house}-live", "-t", "4")


async def test_a_reload_waits_for_what_it_asks_for(
    origin: DemoOrigin, pair: keys.KeyPair, session: aiohttp.ClientSession
) -> None:
    """The answer comes with the part, lists it, and may be cached."""
    url = f"{origin.front_url}/bearer/demo-ll/360p/index.m3u8"
    headers = {"Authorization": f"Bearer {token(pair, 'demo-ll')}"}
    plain = await session.get(url, headers=headers)
    hinted = re.search(r'HINT:TYPE=PART,URI="(\d+)\.(\d)\.mp4"', await plain.text())
    assert hinted

    directives = f"_HLS_msn={hinted[1]}&_HLS_part={hinted[2]}&_HLS_skip=YES"
    part = session.get(f"{url}/../{hinted[1]}.{hinted[2]}.mp4", headers=headers)
    blocked = session.get(f"{url}?{directives}", headers=headers)
    hint, reload = await asyncio.gather(part, blocked)
    text = await reload.text()

    assert (hint.status, reload.status) == (200, 200)
    assert f'EXT-X-PART:DURATION=0.48000,URI="{hinted[1]}.{hinted[2]}.mp4"' in text
    assert "EXT-X-SKIP" in text
    assert plain.headers["Cache-Control"] == "max-age=1"
    assert reload.headers["Cache-Control"] == "max-age=12"


@pytest.mark.parametrize("house", ["fastpix", "cloudflare", "bearer"])
async def test_ffmpeg_plays_a_low_latency_stream(
    origin: DemoOrigin, pair: keys.KeyPair, house: str
) -> None:
    """As a regular stream: nine seconds without a missing frame."""
    said = await ffmpeg(origin, pair, f"ll-{house}", "-t", "9", loglevel="error")
    frames = [line.replace(" ", "").split(",") for line in said.splitlines()]
    begins = [int(frame[2]) for frame in frames if frame[0] == "0"]

    assert len(begins) == 225
    assert {b - a for a, b in itertools.pairwise(begins)} == {(begins[1] - begins[0])}

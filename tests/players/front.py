"""An origin before the demo's: several pathways to one recording, and breaks in it.

It has what the demo lacks: a steering manifest that leads from one pathway to the
next and on to a clone, and interstitials, one by its URI and one by a list.
"""

import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from proxy.demo.media import AUDIO, AUDIO_CODEC, PICTURES

WAYS = ("A", "B", "CLONE")
"""The pathways, in the order in which the manifest leads to them."""
BREAKS = ("by its URI", "by a list")
BREAK_SECONDS = 5
TTL_SECONDS = 6
_TOKEN = "opens-the-front"
_PROFILE = """
[streams.{name}]
url = "{url}/{name}.m3u8"
placement = [{{ query = "token" }}]
reach = "all"

[streams.{name}.token]
source = "static"
value = "{token}"
"""
_PICTURE = PICTURES[0]
_WAY = f"""\
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{{way}}",NAME="Tone",DEFAULT=YES,\
STABLE-RENDITION-ID="tone",URI="/{{way}}/{AUDIO}/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=200000,CODECS="{_PICTURE.codec},{AUDIO_CODEC}",\
RESOLUTION={_PICTURE.size},AUDIO="{{way}}",PATHWAY-ID="{{way}}",\
STABLE-VARIANT-ID="picture"
/{{way}}/{_PICTURE.name}/index.m3u8
"""
_STEERING = '#EXT-X-CONTENT-STEERING:SERVER-URI="steering.json",PATHWAY-ID="A"\n'
_BREAK = (
    '#EXT-X-DATERANGE:ID="{id}",CLASS="com.apple.hls.interstitial",'
    'START-DATE="2026-01-01T00:00:{at}.000Z",X-RESUME-OFFSET=0,'
    "X-PLAYOUT-LIMIT={seconds},{asset}\n"
)
_DATE = "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n"
_FORWARDED = re.compile(r"/(?P<way>\w+)/(?P<rest>.+)")


@dataclass(slots=True, kw_only=True)
class Front:
    """The origin, and the requests to it."""

    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    """Segments, by pathway."""
    behind: str = ""
    """The URL of the recording, without `index.m3u8`."""
    authorization: str = field(default="", repr=False)
    _steered: int = 0

    @property
    def profile(self) -> str:
        """Return the streams `steered` and `interrupted` of a configuration."""
        return "".join(
            _PROFILE.format(name=name, url=self.url, token=_TOKEN)
            for name in ("steered", "interrupted")
        )

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer requests with the token."""
        if request.query.get("token") != _TOKEN:
            return web.Response(status=403)
        if request.path == "/steered.m3u8":
            ways = (_WAY.format(way=way) for way in WAYS[:2])
            return web.Response(text="".join(["#EXTM3U\n", _STEERING, *ways]))
        if request.path == "/interrupted.m3u8":
            return web.Response(text="#EXTM3U\n" + _WAY.format(way="breaks"))
        if request.path == "/steering.json":
            return web.json_response(self._manifest())
        if request.path == "/assets.json":
            asset = {"URI": "/ad/index.m3u8", "DURATION": BREAK_SECONDS}
            return web.json_response({"ASSETS": [asset]})
        return await self._forwarded(request.path)

    def _manifest(self) -> Mapping[str, object]:
        led = WAYS[: self._steered + 1]
        self._steered += 1
        below = f"{self.url}/{WAYS[-1]}"
        replacement = {
            "PER-VARIANT-URIS": {"picture": f"{below}/{_PICTURE.name}/index.m3u8"},
            "PER-RENDITION-URIS": {"tone": f"{below}/{AUDIO}/index.m3u8"},
        }
        clone = {"BASE-ID": "A", "ID": WAYS[-1], "URI-REPLACEMENT": replacement}
        return {
            "VERSION": 1,
            "TTL": TTL_SECONDS,
            "PATHWAY-PRIORITY": led[::-1],
            "PATHWAY-CLONES": [clone],
        }

    async def _forwarded(self, path: str) -> web.Response:
        found = _FORWARDED.fullmatch(path)
        if found is None:
            return web.Response(status=404)
        way, rest = found["way"], found["rest"]
        async with (
            aiohttp.ClientSession() as session,
            session.get(
                self.behind + rest, headers={"Authorization": self.authorization}
            ) as reply,
        ):
            body = await reply.read()
        if not rest.endswith(".m3u8"):
            self.asked[way] += 1
        elif way == "breaks" and rest.startswith(_PICTURE.name):
            body = self._interrupted(body.decode()).encode()
        return web.Response(
            body=body, status=reply.status, content_type=reply.content_type
        )

    def _interrupted(self, playlist: str) -> str:
        by_uri = f'X-ASSET-URI="{self.url}/ad/index.m3u8"'
        assets = by_uri, 'X-ASSET-LIST="/assets.json"'
        breaks = (
            _BREAK.format(id=id_, at=at, seconds=BREAK_SECONDS, asset=asset)
            for id_, at, asset in zip(BREAKS, ("04", "10"), assets, strict=True)
        )
        return playlist.replace("#EXTINF", _DATE + "".join(breaks) + "#EXTINF", 1)


@contextlib.asynccontextmanager
async def front() -> AsyncIterator[Front]:
    """Serve it on a free port of loopback; `behind` has to be set."""
    one = Front()
    runner = web.ServerRunner(web.Server(one.answer, access_log=None))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield one
    finally:
        await runner.cleanup()

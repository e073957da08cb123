"""Streams with a secret of each kind, and an origin that repeats what it was sent."""

import re
from dataclasses import KW_ONLY, dataclass, field
from urllib.parse import parse_qsl, quote

from aiohttp import web

from tests.streams.origin import M3U8, Origin

SHORTEST = 12
STREAMS = ("hmac", "hash", "cookie", "whole", "oauth2", "basic", "renewed", "own")
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
    _: KW_ONLY
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

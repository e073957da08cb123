"""A visitor of the origin with tokens, without a proxy or sockets."""

from proxy.demo import keys
from proxy.demo.origin import DemoOrigin
from proxy.demo.origin_exchange import OriginReply, OriginRequest
from proxy.demo.player import Fetched
from tests.fake_clock import FakeClock

FRONT = "http://front.test"
EDGE = "http://edge.test"
HOUR = 3600


class Visitor:
    """Sends requests to an origin directly."""

    def __init__(
        self, origin: DemoOrigin, pair: keys.KeyPair, clock: FakeClock
    ) -> None:
        self.origin = origin
        self.pair = pair
        self._clock = clock
        # Signing is slow; a token of an hour is long enough for any test.
        self._bearers: dict[str, str] = {}

    def fastpix_token(self, playback_id: str, *, life: float = HOUR) -> str:
        """Sign a token for a FastPix-like entry."""
        claims = keys.fastpix_claims(playback_id)
        return keys.sign(self.pair, claims, expires_at=self._clock.wall() + life)

    def token(self, subject: str, *, life: float = HOUR) -> str:
        """Sign a token for a Cloudflare-like or bearer stream."""
        claims = keys.subject_claims(subject)
        return keys.sign(self.pair, claims, expires_at=self._clock.wall() + life)

    def entry_url(self, stream: str) -> str:
        """Return the URL of an entry; bearer also needs a header."""
        low, _, other = stream.partition("-")
        house, kind = (other, low) if low == "ll" else (low, other)
        name = f"demo-{kind}"
        match house:
            case "fastpix":
                return f"{FRONT}/{name}.m3u8?token={self.fastpix_token(name)}"
            case "cloudflare":
                return f"{FRONT}/{self.token(name)}/manifest/video.m3u8"
            case _:
                return f"{FRONT}/bearer/{name}/index.m3u8"

    def get(self, url: str, *, authorization: str | None = None) -> OriginReply:
        """Send a request to the front or the edge."""
        host, _, rest = url.removeprefix("http://").partition("/")
        path, _, query = f"/{rest}".partition("?")
        ask = OriginRequest(path, query, authorization=authorization)
        return self.origin.edge(ask) if EDGE.endswith(host) else self.origin.front(ask)

    async def fetch(self, url: str) -> Fetched:
        """Get something as a player would, with a header if needed."""
        authorization = None
        if "/bearer/" in url:
            subject = url.partition("/bearer/")[2].partition("/")[0]
            if subject not in self._bearers:
                self._bearers[subject] = f"Bearer {self.token(subject)}"
            authorization = self._bearers[subject]
        reply = self.get(url, authorization=authorization)
        return Fetched(reply.status, reply.body)

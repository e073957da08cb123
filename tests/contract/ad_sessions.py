"""An upstream that opens a session with advertisements at each load of its entry."""

from dataclasses import KW_ONLY, dataclass, field
from urllib.parse import parse_qsl

from proxy.core.http import uri
from tests.fake_clock import FakeClock
from tests.streams.network import Moved, Network

ENTRY = "https://m.example/live.m3u8"
TARGET = 4
HEIGHTS = (360, 720)


@dataclass(slots=True)
class Session:
    """What one load of the entry has opened."""

    number: int
    language: str
    _: KW_ONLY
    begun: float
    """Its timeline begins here, not later than ten minutes before."""
    refused: bool = False
    frozen_at: float | None = None
    ended_at: float | None = None


@dataclass(slots=True)
class Ads:
    """An upstream that inserts advertisements for each session by itself.

    With `redirects` the entry only leads to the session. `hands_on` is an upstream that
    appends the query it was asked with to all that it lists, and takes a number that is
    far ahead for a mistake. With `cookies` all sessions have the same URLs, and the
    cookie alone tells the session and its language, whatever was shown before.
    """

    clock: FakeClock
    redirects: bool
    _: KW_ONLY
    hands_on: bool
    cookies: bool = False
    sessions: list[Session] = field(default_factory=list)

    def answer(self, url: str, network: Network) -> bytes | Moved | None:
        """Answer for a URL; None is a refusal."""
        parts = uri.split(url)
        if url.partition("?")[0] == ENTRY:
            return self._entry(parts.query or "", network)
        _, number, name = parts.path.split("/")
        if self.cookies:
            number = network.cookie.partition("sid=")[2]
        session = self.sessions[int(number)] if number else None
        if session is None or session.refused:
            return None
        if name == "v.m3u8":
            return self._ladder(
                session, (parts.query or "").removeprefix("x").strip("&")
            )
        if "_HLS_msn=99" in (parts.query or ""):
            return None
        if name.endswith(".m3u8"):
            return self._media(session, name.removesuffix(".m3u8"))
        # As long as a key, and no text, which would be taken for an error.
        told = f"{session.number} {session.language} {name}".encode()
        return told.ljust(32, b"\0")

    def _entry(self, query: str, network: Network) -> bytes | Moved:
        session = Session(
            len(self.sessions),
            dict(parse_qsl(query)).get("lang", ""),
            begun=self.clock.mono() - 40 * (len(self.sessions) * 7 % 13),
        )
        self.sessions.append(session)
        if self.cookies:
            network.sets.append(f"sid={session.number}; Path=/")
        if not self.redirects:
            return self._ladder(session, query)
        kept = f"&{query}" if self.hands_on else ""
        return Moved(f"https://m.example/{self._place(session)}/v.m3u8?x{kept}")

    def _place(self, session: Session) -> str:
        return "s" if self.cookies else str(session.number)

    def _ladder(self, session: Session, query: str) -> bytes:
        handed = f"?{query.strip('&')}" if self.hands_on and query.strip("&") else ""
        place = self._place(session)
        lines = [
            f"#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=1x{height},"
            f'CODECS="{codec}"\n/{place}/{height}{codec}.m3u8{handed}\n'
            for height in HEIGHTS
            for codec in ("avc1", "hvc1")
        ]
        if session.number % 2:
            lines.reverse()
        return ("#EXTM3U\n" + "".join(lines)).encode()

    def _media(self, session: Session, name: str) -> bytes:
        now = self.clock.mono()
        now = min(now, session.frozen_at or now, session.ended_at or now)
        first = int((now - session.begun) // TARGET)
        head = (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:{TARGET}\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
            f"# {session.number} {session.language} {name}\n"
            '#EXT-X-KEY:METHOD=AES-128,URI="key"\n'
        )
        segments = "".join(
            f"#EXTINF:4,\n{name}-{n}.ts\n" for n in range(first, first + 3)
        )
        last = "" if session.ended_at is None else "#EXT-X-ENDLIST\n"
        return (head + segments + last).encode()

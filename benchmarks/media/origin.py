"""An upstream for all relays: playlists, and dummy segments in two sizes.

A path says how its answer may be kept: `/kept/large_17.ts` for an hour, `/no-store/…`
not at all. The recording of a kind is beside it: `/kept/large.m3u8`. `/asked` tells
the number of requests.
"""

import contextlib
import random
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

from benchmarks.rig.origin import live, ok, serving

SIZES = {"small": 100_000, "large": 2_000_000}
"""The size of a resource in bytes, by the beginning of its name."""

NAMES = {"small": 6_000, "large": 1_500}
"""How many resources of each size there are, by the beginning of their names. Each has
a name of its own, since caches answer a name that they know."""

RULES = {"kept": "max-age=3600", "no-store": "no-store"}
"""The Cache-Control of resources, by the first part of their path."""

TOKEN = "t0k3n-of-the-benchmark"  # noqa: S105 - no secret

LIVE = "/live/v.m3u8"
"""The path of the live playlist."""
_PLAYLIST = "application/vnd.apple.mpegurl"
_LIVE_SEGMENTS = 10
_LIVE_SECONDS = 6
_HEAD = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n"
_VALIDATORS = (
    "Last-Modified: Sun, 01 Feb 2026 10:00:00 GMT\r\n"
    'ETag: "697f2fa0-186a0"\r\nAccept-Ranges: bytes\r\n'
)

Answers = Mapping[bytes, Callable[[], bytes]]
"""Complete answers, by the path up to the number in it."""


def body(stem: str) -> bytes:
    """Return the dummy segment of this kind: MPEG-TS packets that contain noise."""
    size = SIZES[stem]
    noise = random.Random(size)  # noqa: S311 - the same in every run
    packets = (b"\x47" + noise.randbytes(187) for _ in range(size // 188 + 1))
    return b"".join(packets)[:size]


def names(stem: str) -> Sequence[str]:
    """Return the names of all resources of one kind."""
    return [f"{stem}_{number}.ts" for number in range(NAMES[stem])]


def entry(rule: str, stem: str) -> str:
    """Return the path of the playlist that lists all resources of one kind."""
    return f"/{rule}/{stem}.m3u8"


@contextlib.asynccontextmanager
async def origin(certificate: str | None) -> AsyncIterator[int]:
    """Serve everything, over TLS if there is a certificate; yield the port."""
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    async with serving(_Site(dict(_answers())).answer, tls) as port:
        yield port


class _Site:
    """Looks answers up, and counts."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._asked = 0

    def answer(self, head: bytes) -> bytes:
        """Return the answer to a request."""
        path, _, query = head.split(b" ", 2)[1].partition(b"?")
        if path == b"/asked":
            return _dated("text/plain", str(self._asked).encode())
        self._asked += 1
        assert TOKEN.encode() in query, head
        return self._answers[path.partition(b"_")[0]]()


def _answers() -> Iterator[tuple[bytes, Callable[[], bytes]]]:
    for rule, control in RULES.items():
        more = f"{_VALIDATORS}Cache-Control: {control}\r\n"
        for stem in SIZES:
            segment = _dated("video/mp2t", body(stem), more)
            yield f"/{rule}/{stem}".encode(), _always(segment)
            listed = _dated(_PLAYLIST, _recording(stem), more)
            yield entry(rule, stem).encode(), _always(listed)
    yield LIVE.encode(), _live


def _always(answer: bytes) -> Callable[[], bytes]:
    return lambda: answer


def _dated(kind: str, body: bytes, more: str = "") -> bytes:
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    return ok(kind, body, f"Server: bench\r\nDate: {date}\r\n{more}")


def _recording(stem: str) -> bytes:
    lines = "".join(f"#EXTINF:6.000,\n{name}\n" for name in names(stem))
    return f"{_HEAD}{lines}#EXT-X-ENDLIST\n".encode()


def _live() -> bytes:
    first = int(time.time() / _LIVE_SECONDS)
    listed = live(range(first, first + _LIVE_SEGMENTS), _LIVE_SECONDS)
    return _dated(_PLAYLIST, listed.encode())

"""Streams with prepared answers, the real server before them, and raw sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Self

from multidict import CIMultiDict
from prometheus_client.parser import text_string_to_metric_families

from proxy.app.sinks import Sinks
from proxy.clock import SystemClock
from proxy.core.http.framing import Framing
from proxy.core.http.hosts import Hosts
from proxy.core.http.listening import Address
from proxy.errors import HlsAuthProxyError, NameUnknownError
from proxy.metrics import Metrics
from proxy.observe.event_counts import EventCounts
from proxy.observe.event_log import EventLog
from proxy.replies import MediaReply, PlayerAsk, PlaylistReply, Reply
from proxy.sharing.kept_body import KeptBody
from proxy.streams.status import StreamStatus
from proxy.streams.usage import Usage
from proxy.web.access import Access
from proxy.web.app import App
from proxy.web.cors import Cors
from proxy.web.guard import Guard
from proxy.web.listening import bound
from proxy.web.protocol import Limits
from proxy.web.server import serving
from proxy.web.site import Site
from proxy.web.slow_readers import Readers

PATIENCE = 5.0
"""Seconds after which a test counts as hung."""

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nmain/seg1.ts\n"


class FakeBody:
    """A body of these chunks, then perhaps an error, or nothing more forever."""

    def __init__(
        self,
        *chunks: bytes,
        framing: Framing = Framing.LENGTH,
        content_length: int | None = None,
        error: HlsAuthProxyError | None = None,
        endless: bool = False,
        held: bool = False,
    ) -> None:
        self.held = held
        self.framing = framing
        self.content_length = content_length
        if content_length is None and framing is Framing.LENGTH:
            self.content_length = sum(map(len, chunks))
        self.given_up = asyncio.Event()
        self.pulled = 0
        self._chunks = chunks
        self._error = error
        self._endless = endless

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the chunks."""
        for chunk in self._chunks:
            self.pulled += len(chunk)
            yield chunk
        if self._error is not None:
            raise self._error
        if self._endless:
            await asyncio.Event().wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.given_up.set()


def media(
    *chunks: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> MediaReply:
    """Return a resource with a length."""
    fields = headers or {"Content-Type": "video/mp2t"}
    return MediaReply(status, tuple(fields.items()), FakeBody(*chunks))


@dataclass
class FakeStream:
    """Answers by path, and records its requests."""

    name: str = "lobby"
    _: KW_ONLY
    answers: dict[str, Reply | HlsAuthProxyError] = field(default_factory=dict)
    asked: list[tuple[str, PlayerAsk]] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    """The paths that were answered at once."""
    usage: Usage = field(default_factory=Usage)

    def at_hand(self, path: str, ask: PlayerAsk) -> Reply | None:
        """Return a playlist or kept resource that is set for the path."""
        answer = self.answers.get(path)
        if isinstance(answer, MediaReply) and not isinstance(answer.answer, KeptBody):
            return None
        if not isinstance(answer, MediaReply | PlaylistReply):
            return None
        self.handed.append(path)
        self.asked.append((path, ask))
        return answer

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Return or raise what is set for the path."""
        self.asked.append((path, ask))
        answer = self.answers.get(path, NameUnknownError("no such name"))
        if isinstance(answer, HlsAuthProxyError):
            raise answer
        return answer

    async def wait(self, path: str, ask: PlayerAsk) -> Reply:
        """Return or raise what is set for the path."""
        return await self.open(path, ask)


def lobby(**answers: Reply | HlsAuthProxyError) -> FakeStream:
    """Return a stream with an entry; `segment` and `key` are below its rendition."""
    paths = {"segment": "main/seg1.ts", "entry": "index.m3u8"}
    stream = FakeStream(answers={"index.m3u8": PlaylistReply(PLAYLIST)})
    stream.answers |= {paths[name]: answer for name, answer in answers.items()}
    return stream


class FakeStreams:
    """One stream, and one family whose members are all alike."""

    def __init__(self, stream: FakeStream, family: FakeStream | None = None) -> None:
        self.stream = stream
        self.family = family
        self.members: list[str] = []

    @property
    def families(self) -> Collection[str]:
        """The name of the family."""
        return {self.family.name} if self.family else set()

    def find(self, name: str) -> FakeStream | None:
        """Return the stream, if that is its name."""
        return self.stream if name == self.stream.name else None

    def peek(self, family: str, member_id: str, /) -> FakeStream | None:
        """Return the family's only member, if it was requested before."""
        assert self.family is None or family == self.family.name
        return self.family if member_id in self.members else None

    async def member(self, family: str, member_id: str, /) -> FakeStream:
        """Return the family's only member, whatever the id."""
        assert self.family is not None
        assert family == self.family.name
        self.members.append(member_id)
        return self.family


def app(
    stream: FakeStream | None = None,
    *,
    family: FakeStream | None = None,
    access: Access | None = None,
    origins: Collection[str] = (),
    hosts: Collection[str] = (),
    statuses: Sequence[StreamStatus] = (),
    metrics: Metrics | None = None,
    public_url: str | None = None,
    readers: Readers | None = None,
) -> App:
    """Return the application before these streams."""
    metrics = metrics or Metrics("0")
    return App(
        site=Site(
            streams=FakeStreams(stream or lobby(), family),
            guard=Guard(Hosts.of(*hosts), access or Access(), Cors(frozenset(origins))),
            public_url=public_url,
        ),
        status=lambda: statuses,
        metrics=metrics,
        tell=Sinks(EventCounts(metrics), EventLog()).tell,
        clock=SystemClock(),
        readers=readers or Readers(mono=SystemClock().mono),
    )


@asynccontextmanager
async def served(app: App, *, limits: Limits | None = None) -> AsyncIterator[int]:
    """Serve on a free port of loopback; yield the port."""
    app.site = replace(app.site, limits=limits or Limits(drain_seconds=1.0))
    async with served_at(app, [Address("127.0.0.1", 0)]) as (first,):
        yield first.port


@asynccontextmanager
async def served_at(
    app: App, addresses: Sequence[Address], *, handed: Sequence[socket.socket] = ()
) -> AsyncIterator[tuple[Address, ...]]:
    """Serve at these addresses; yield those that are listened on."""
    with bound(addresses, handed) as sockets:
        async with serving(app, sockets) as there:
            yield there


@asynccontextmanager
async def connected(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Yield a raw connection; a test that hangs on it fails."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


async def raw(port: int, data: bytes) -> bytes:
    """Send bytes, and return everything until the connection ends."""
    async with connected(port) as (reader, writer):
        writer.write(data)
        heard = b""
        try:
            while more := await reader.read(65536):
                heard += more
        except ConnectionResetError:
            heard += b"<reset>"
        return heard


def cuts(metrics: Metrics) -> Mapping[str, float]:
    """Return how many answers were cut off, by cause."""
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        sample.labels["cause"]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == "hls_auth_proxy_player_cuts_total"
    }


async def until(happened: Callable[[], object]) -> None:
    """Wait for a condition that cannot be awaited."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Heard:
    """A parsed answer."""

    status: int
    headers: CIMultiDict[str]
    body: bytes


def parse(data: bytes) -> Heard:
    """Parse an answer; the body stays as it was sent."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    fields = (line.split(": ", 1) for line in lines)
    headers = CIMultiDict((name, value) for name, value in fields)
    return Heard(int(first.split()[1]), headers, body)


async def ask(
    port: int,
    target: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
) -> Heard:
    """Send one request with exactly this target, and return the answer."""
    fields = {"Host": f"127.0.0.1:{port}", "Connection": "close"} | dict(headers or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    request = f"{method} {target} HTTP/1.1\r\n{lines}\r\n"
    return parse(await raw(port, request.encode("latin-1")))

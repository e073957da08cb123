"""The parts for measuring relays: our own upstream, and other relays."""

import asyncio
import base64
import contextlib
import datetime as dt
import ipaddress
import random
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import chain
from pathlib import Path

import aiohttp
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from benchmarks.servers import served
from benchmarks.sides import Side, pinned

SIZES = {"small": 100_000, "large": 2_000_000}
"""The size of a resource in bytes, by the beginning of its name."""

NAMES = 4096
"""How many resources of each size there are, requested in turn. A player requests each
resource only once, so caches by name do not help."""

TOKEN = "t0k3n-of-the-benchmark"  # noqa: S105 - no secret

_PEER = Path(__file__).parent / "peers/node_modules/@warren-bank/hls-proxy"
_START_SECONDS = 10.0
_NANO = 1e-9
# The number of bytes that aiohttp's transports read at once grows with this.
_READ_BUFFER_BYTES = 256 * 1024


def certify(path: Path) -> None:
    """Write a key and a self-signed certificate for this machine's loopback address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "benchmarks")])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    here = x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private = key.private_bytes(*form, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))


# -- The upstream.


def body(size: int) -> bytes:
    """Return a dummy segment: MPEG-TS packets that contain noise."""
    noise = random.Random(size)  # noqa: S311 - the same in every run
    packets = (b"\x47" + noise.randbytes(187) for _ in range(size // 188 + 1))
    return b"".join(packets)[:size]


class _Upstream(asyncio.Protocol):
    """A connection that sends complete, prepared answers."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._came = (self._came + data).split(b"\r\n\r\n")
        for head in heads:
            path, _, query = head.split(b" ", 2)[1].partition(b"?")
            assert TOKEN.encode() in query, head
            self._transport.write(self._answers[path.partition(b"_")[0]])


@contextlib.asynccontextmanager
async def upstream(certificate: str | None) -> AsyncIterator[int]:
    """Serve a playlist and its resources, over TLS if there is a certificate."""
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    answers = {b"/v.m3u8": _answer("application/vnd.apple.mpegurl", _playlist())}
    for stem, size in SIZES.items():
        answers[b"/%b" % stem.encode()] = _answer("video/mp2t", body(size))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Upstream(answers), "127.0.0.1", 0, ssl=tls
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


def _answer(kind: str, body: bytes) -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: {kind}\r\n"
        "Date: Mon, 02 Feb 2026 10:00:00 GMT\r\n"
        "Last-Modified: Sun, 01 Feb 2026 10:00:00 GMT\r\n"
        'ETag: "697f2fa0-186a0"\r\nAccept-Ranges: bytes\r\n'
        "Cache-Control: max-age=3600\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def names(stem: str) -> Sequence[str]:
    """Return the names of all resources of one size."""
    return [f"{stem}_{number}.ts" for number in range(NAMES)]


def _playlist() -> bytes:
    listed = chain.from_iterable(map(names, SIZES))
    lines = "".join(f"#EXTINF:6.000,\n{name}\n" for name in listed)
    head = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n"
    return f"{head}{lines}#EXT-X-ENDLIST\n".encode()


# -- Others that relay.


@contextlib.asynccontextmanager
async def bare(origins: Sequence[str]) -> AsyncIterator[int]:
    """Run a minimal and fast relay in aiohttp: `/0/…` is the first origin.

    It is a handler below the router with one session, and decodes nothing. The token is
    written into the URL. It checks nothing, counts nothing, and knows one kind of
    answer.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        read_bufsize=_READ_BUFFER_BYTES,
    )

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        _, which, name = request.path.split("/")
        url = f"{origins[int(which)]}/{name}?token={TOKEN}"
        async with session.get(url) as answer:
            response = web.StreamResponse(
                status=answer.status,
                headers={
                    "Content-Type": answer.headers["Content-Type"],
                    "Content-Length": answer.headers["Content-Length"],
                },
            )
            await response.prepare(request)
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
            await response.write_eof()
        return response

    async with session, served(web.ServerRunner(web.Server(handler))) as port:
        yield port


def peer_lacks() -> str:
    """Return what is missing for measuring HLS-Proxy; empty if everything is here."""
    if shutil.which("node") is None:
        return "there is no node"
    if not _PEER.exists():
        return "npm did not install it"
    return "" if Path("/proc/self/schedstat").exists() else "CPU time is told by Linux"


@contextlib.contextmanager
def peer(cores: Sequence[int]) -> Iterator[Side]:
    """Run HLS-Proxy while the block lasts."""
    node = shutil.which("node")
    assert node is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listening = ("--host", "127.0.0.1", "--port", str(port), "-v", "0")
    command = (node, str(_PEER / "hls-proxy/bin/hlsd.js"), *listening)
    with pinned(cores):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait_for(port)
        yield Side("HLS-Proxy", port, lambda: _used(process.pid))
    finally:
        process.terminate()
        process.wait()


def peer_path(url: str) -> str:
    """Return the path of this URL's resource at HLS-Proxy."""
    return base64.b64encode(url.encode()).decode() + ".ts"


def _wait_for(port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < end, "HLS-Proxy did not start"
            time.sleep(0.05)
        else:
            return


def _used(pid: int) -> float:
    """Return the CPU seconds of all threads, more precisely than `ps` does."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) * _NANO

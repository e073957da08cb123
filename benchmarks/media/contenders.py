"""Runs the proxies; what each of them can do, and its paths."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from benchmarks.media import cases
from benchmarks.media.bare import bare
from benchmarks.media.cases import Case, Kind
from benchmarks.media.origin import LIVE, RULES, SIZES, TOKEN, entry, origin
from benchmarks.peers import hls_proxy, mediaflow, nginx
from benchmarks.rig.certificate import certify
from benchmarks.rig.commands import program
from benchmarks.rig.side import Side, cores, pinned
from benchmarks.rig.spawned import started

_RELAYS = frozenset({Kind.RELAYED, Kind.PLAYLIST})
_KINDS = {
    cases.PROGRAM: frozenset(Kind),
    cases.NGINX: _RELAYS | {Kind.FILLING},
    cases.NGINX_BUFFERS: frozenset({Kind.RELAYED}),
    cases.NGINX_CACHE: frozenset({Kind.FILLING, Kind.KEPT}),
    cases.BARE: frozenset({Kind.RELAYED}),
    cases.HLS_PROXY: _RELAYS,
    cases.MEDIAFLOW: _RELAYS,
}
_WAYS = {
    cases.NGINX: "relay",
    cases.NGINX_BUFFERS: "buffers",
    cases.NGINX_CACHE: "cache",
}

# OpenSSL and Node use different variables.
_TRUST = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")

At = Callable[[str, str], str]
"""Returns a proxy's path for an origin's name and a path there."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A running proxy."""

    name: str
    side: Side
    at: At

    def can(self, kind: Kind) -> bool:
        """Return whether it does this kind of thing at all."""
        return kind in _KINDS[self.name]

    def paths(self, case: Case, number: int) -> Sequence[str]:
        """Return its paths for a round of a case."""
        return [self.at(case.origin, path) for path in case.paths(number)]


@dataclass(frozen=True, slots=True)
class Field:
    """Everything that runs."""

    origins: Mapping[str, str]
    """The URLs of the origins."""
    contenders: Sequence[Contender]


@contextlib.contextmanager
def running(*, peers: bool = True) -> Iterator[Field]:
    """Run origins and proxies, and pin this process, while the block lasts.

    Without `peers` only the program runs, and the bare relay. A peer that is not
    installed is left out, which is printed.
    """
    its, others = cores()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificate = folder / "certificate.pem"
        certify(certificate)
        stack.enter_context(_trusted(certificate))
        with pinned(others):
            plain = stack.enter_context(started("plain", origin, None))
            tls = stack.enter_context(started("tls", origin, str(certificate)))
        origins = {
            "plain": f"http://127.0.0.1:{plain.port}",
            "tls": f"https://127.0.0.1:{tls.port}",
        }
        ours = stack.enter_context(program(_settings(origins), its))
        contenders = [Contender(cases.PROGRAM, ours, _program_path)]
        if peers:
            contenders += _nginx(stack, origins, certificate, its)
        with pinned(its):
            side = stack.enter_context(started(cases.BARE, bare, origins))
        contenders.append(Contender(cases.BARE, side, lambda name, at: f"/{name}{at}"))
        if peers:
            contenders += _by_url(stack, origins, its)
        stack.enter_context(pinned(others))
        yield Field(origins, contenders)


def _nginx(
    stack: contextlib.ExitStack,
    origins: Mapping[str, str],
    certificate: Path,
    cores: Sequence[int],
) -> Iterator[Contender]:
    if lacks := nginx.lacks():
        print(f"{nginx.NAME} is left out: {lacks}")
        return
    run = nginx.running(origins, f"token={TOKEN}", certificate, cores)
    side = stack.enter_context(run)
    for name, way in _WAYS.items():
        yield Contender(name, side, partial(nginx.path, way))


def _by_url(
    stack: contextlib.ExitStack, origins: Mapping[str, str], cores: Sequence[int]
) -> Iterator[Contender]:
    """Run the proxies that are asked with the URL of what they should fetch."""
    for peer in (hls_proxy, mediaflow):
        if lacks := peer.lacks():
            print(f"{peer.NAME} is left out: {lacks}")
            continue
        side = stack.enter_context(peer.running(cores))
        yield Contender(peer.NAME, side, partial(_url_path, peer.path, origins))


def _url_path(
    path: Callable[[str], str], origins: Mapping[str, str], name: str, at: str
) -> str:
    return path(f"{origins[name]}{at}?token={TOKEN}")


def _settings(origins: Mapping[str, str]) -> str:
    entries = [entry(rule, stem) for rule in RULES for stem in SIZES]
    return "".join(
        f'[streams.{_stream(name, path)}]\nurl = "{url}{path}"\nreach = "all"\n'
        f'token = {{ source = "static", value = "{TOKEN}" }}\n'
        'placement = [{ query = "token" }]\n'
        for name, url in origins.items()
        for path in (*entries, LIVE)
    )


def _program_path(name: str, at: str) -> str:
    below = "index.m3u8" if at == LIVE else f"main/{PurePosixPath(at).name}"
    return f"/{_stream(name, at)}/{below}"


def _stream(origin: str, path: str) -> str:
    """Return the name of the stream that has what is at this path of the origin."""
    _, rule, name = path.split("/")
    return f"{origin}-{rule}-{name.partition('.')[0].partition('_')[0]}"


@contextlib.contextmanager
def _trusted(certificate: Path) -> Iterator[None]:
    """Have this process and its children trust only this certificate."""
    before = {name: os.environ.get(name) for name in _TRUST}
    os.environ.update(dict.fromkeys(_TRUST, str(certificate)))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value

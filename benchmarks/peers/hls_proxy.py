"""warren-bank's HLS-Proxy: the upstream URL is in the path, in base64."""

import base64
import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.rig.commands import free_port, ran
from benchmarks.rig.side import Side

NAME = "HLS-Proxy"
_PROGRAM = (
    Path(__file__).parent / "node_modules/@warren-bank/hls-proxy/hls-proxy/bin/hlsd.js"
)


def lacks() -> str:
    """Return what is missing for running it; empty if everything is here."""
    if shutil.which("node") is None:
        return "there is no node; want Debian's nodejs"
    return "" if _PROGRAM.exists() else "npm did not install it"


@contextlib.contextmanager
def running(cores: Sequence[int]) -> Iterator[Side]:
    """Run it while the block lasts."""
    node, port = shutil.which("node"), free_port()
    assert node is not None
    listening = ("--host", "127.0.0.1", "--port", str(port), "-v", "0")
    with ran(NAME, (node, str(_PROGRAM), *listening), port, cores) as side:
        yield side


def path(url: str) -> str:
    """Return the path of this URL's resource."""
    ending = Path(urlsplit(url).path).suffix
    return f"/{base64.b64encode(url.encode()).decode()}{ending}"

"""mediaflow-proxy: the upstream URL is in the query."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.rig.commands import free_port, ran
from benchmarks.rig.side import Side

NAME = "mediaflow-proxy"
_UVICORN = Path("build/mediaflow/bin/uvicorn")


def lacks() -> str:
    """Return what is missing for running it; empty if everything is here."""
    return "" if _UVICORN.exists() else "pip did not install it"


@contextlib.contextmanager
def running(cores: Sequence[int]) -> Iterator[Side]:
    """Run it while the block lasts."""
    port = free_port()
    listening = ("--host", "127.0.0.1", "--port", str(port))
    command = (str(_UVICORN), "mediaflow_proxy.main:app", *listening)
    with ran(NAME, command, port, cores) as side:
        yield side


def path(url: str) -> str:
    """Return the path of this URL's resource."""
    is_playlist = urlsplit(url).path.endswith(".m3u8")
    how = "hls/manifest.m3u8" if is_playlist else "stream"
    return f"/proxy/{how}?d={quote(url, safe='')}"

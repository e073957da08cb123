"""nginx as Debian sets it up, in three ways: `relay`, `buffers` and `cache`.

    relay     with its default buffers
    buffers   with large ones: 16 of 256 KiB
    cache     as relay, and keeps what may be kept, in files

It rewrites no playlist. Each request is logged, to /dev/null.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.rig.certificate import NAME as UPSTREAM_NAME
from benchmarks.rig.commands import free_port, ran
from benchmarks.rig.side import Side

NAME = "nginx"
WAYS = {
    "relay": "",
    "buffers": (
        "proxy_buffer_size 64k; proxy_buffers 16 256k; proxy_busy_buffers_size 512k;"
    ),
    "cache": "proxy_cache kept; proxy_cache_key $uri;",
}
# sendfile and tcp_nopush are in Debian's nginx.conf.
_CONFIG = """\
{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
events {{ worker_connections 1024; }}
http {{
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  access_log /dev/null;
  client_body_temp_path {folder}/body;
  fastcgi_temp_path {folder}/fastcgi;
  scgi_temp_path {folder}/scgi;
  uwsgi_temp_path {folder}/uwsgi;
  proxy_temp_path {folder}/temp;
  proxy_cache_path {folder}/cache keys_zone=kept:10m max_size=1g;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_ssl_verify on;
  proxy_ssl_trusted_certificate {certificate};
  proxy_ssl_name {name};
  {upstreams}
  server {{
    listen 127.0.0.1:{port};
    {locations}
  }}
}}
"""
_UPSTREAM = "upstream {name} {{ server {address}; keepalive 16; }}"
_LOCATION = """\
location /{way}/{name}/ {{
      set $args "{query}";
      proxy_pass {scheme}://{name}/;
      {settings}
    }}"""


def lacks() -> str:
    """Return what is missing for running it; empty if everything is here."""
    return "" if _program() else "there is no nginx; want Debian's nginx-light"


@contextlib.contextmanager
def running(
    origins: Mapping[str, str], query: str, certificate: Path, cores: Sequence[int]
) -> Iterator[Side]:
    """Relay `/{way}/{origin}/…` while the block lasts, with this query upstream."""
    program, port = _program(), free_port()
    assert program is not None
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(
            _CONFIG.format(
                user="" if _user() else "user root;",
                folder=folder,
                certificate=certificate,
                name=UPSTREAM_NAME,
                port=port,
                upstreams="\n  ".join(_upstreams(origins)),
                locations="\n    ".join(_locations(origins, query)),
            )
        )
        command = (program, "-e", f"{folder}/errors", "-c", str(config))
        with ran(NAME, command, port, cores) as side:
            yield side


def path(way: str, origin: str, path: str) -> str:
    """Return the path of an origin's resource, which is at `path` there."""
    return f"/{way}/{origin}{path}"


def _user() -> int:
    return int(getattr(os, "geteuid", lambda: 1)())


def _program() -> str | None:
    # Users who are not root often lack /usr/sbin.
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _upstreams(origins: Mapping[str, str]) -> Iterator[str]:
    for name, url in origins.items():
        yield _UPSTREAM.format(name=name, address=urlsplit(url).netloc)


def _locations(origins: Mapping[str, str], query: str) -> Iterator[str]:
    for way, settings in WAYS.items():
        for name, url in origins.items():
            yield _LOCATION.format(
                way=way,
                name=name,
                query=query,
                scheme=urlsplit(url).scheme,
                settings=settings,
            )

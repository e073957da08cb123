"""A real nginx with secure_link accepts what the preset signs."""

import hashlib
import http.client
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

import pytest

from proxy.core.tokens.templates.filters import FILTERS
from proxy.core.tokens.templates.message import message

_SECRET = b"enigma"
_CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen unix:{folder}/nginx.sock;
    root {folder}/media;
    secure_link $arg_md5,$arg_expires;
    secure_link_md5 "$secure_link_expires$uri enigma";
    if ($secure_link != "1") {{ return 403; }}
  }}
}}
"""
_PATHS = (
    "/plain.ts",
    "/sub//deep.ts",
    "/sub/%2e%2e/plain.ts",
    "/sub/./deep.ts",
    "/sub%2fdeep.ts",
    "/sub/..//./sub/%64eep.ts",
    "/sub/a%20b%25.ts",
)


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket: no port that others may occupy."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        if sys.platform == "win32":
            pytest.skip("no local sockets")
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run nginx; return the folder with its socket."""
    folder = tmp_path_factory.mktemp("nginx")
    media = folder / "media" / "sub"
    media.mkdir(parents=True)
    folder.chmod(0o755)
    for path in (media.parent / "plain.ts", media / "deep.ts", media / "a b%.ts"):
        path.write_bytes(b"G")
    (folder / "nginx.conf").write_text(_CONFIGURATION.format(folder=folder))
    with _running(folder):
        yield folder


@contextmanager
def _running(folder: Path) -> Iterator[None]:
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert program, "nginx is missing: run tests/players/install"
    # As another user, its workers could not enter the test's folder.
    command = [program, "-g", "user root;", "-c", f"{folder}/nginx.conf"]
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + 10
        while not (folder / "nginx.sock").exists():
            assert process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _asked(nginx: Path, path: str, signed: bytes) -> int:
    preset = files("proxy.providers").joinpath("nginx-secure-link.toml").read_text()
    recipe = tomllib.loads(preset)["sources"]["sign-hash"]
    expires = str(int(time.time()) + 60)
    values = {"expires": expires.encode(), "path": signed, "secret": _SECRET}
    digest = hashlib.md5(message(recipe["message"]).filled(values)).digest()  # noqa: S324
    token = FILTERS[recipe["output"]](digest).decode()
    connection = _Connection(nginx / "nginx.sock")
    connection.request("GET", f"{path}?md5={token}&expires={expires}")
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("path", _PATHS)
def test_nginx_accepts_the_signature(nginx: Path, path: str) -> None:
    """However the path is written."""
    assert _asked(nginx, path, path.encode()) == HTTPStatus.OK


def test_nginx_checks_the_signature(nginx: Path) -> None:
    """The signature of another path opens nothing."""
    assert _asked(nginx, "/plain.ts", b"/sub/deep.ts") == HTTPStatus.FORBIDDEN

"""Problems are reported before anything runs."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.test_cli.process import GOOD, command, looked

SIGNED = (
    '[server]\nlisten = "127.0.0.1:0"\n[streams.lobby]\nprovider = "fastpix"\n'
    'playback_id = "x"\n'
    'token = {{ source = "sign-jwt", key_file = "{}", key_id = "k" }}\n'
)


def ran(config: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run the program with this configuration until it ends by itself."""
    config.write_text(text)
    return subprocess.run(
        command("run", "--config", str(config)),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_all_problems_are_reported_at_once(config: Path) -> None:
    """Each with its key, what is there and what is expected; exit code 2."""
    ended = ran(
        config, '[server]\nlisten = 5\n[streams.a]\nurl = "ftp://x"\nreech = 1\n'
    )
    assert ended.returncode == 2
    keys = [line.partition(": ")[0] for line in ended.stderr.splitlines()]
    assert {"server.listen", "streams.a.url", "streams.a.reech"} <= set(keys)
    assert all("; " in line for line in ended.stderr.splitlines())


def test_a_missing_configuration_is_reported(config: Path) -> None:
    """In one line."""
    config.touch()
    missing = command("run", "--config", str(config.with_name("none.toml")))
    ended = subprocess.run(
        missing, capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "no such file" in ended.stderr


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (None, 0, "there is no file "),
        ("CANARY", 0o600, "is not a PEM"),
        ("CANARY", 0o644, "open to others"),
        ("-----BEGIN PRIVATE KEY-----\nCANARY\n", 0o600, "key"),
    ],
)
def test_s12_an_unusable_key_is_reported_in_one_line(
    config: Path, content: str | None, mode: int, told: str
) -> None:
    """Without a traceback, and without a byte of it."""
    if content is not None:
        key = config.with_name("key.pem")
        key.write_text(content)
        key.chmod(mode)
    ended = ran(config, SIGNED.format("key.pem"))
    assert ended.returncode == 2
    assert ended.stderr.startswith("streams.lobby.token.key_file: ")
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert told in ended.stderr
    assert "CANARY" not in ended.stderr


def test_a_port_in_use_is_reported_in_one_line(config: Path) -> None:
    """With its address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = ran(config, GOOD.replace(":0", f":{port}"))
    assert ended.returncode == 1
    assert (
        ended.stderr
        == f"hls-auth-proxy: 127.0.0.1:{port} is in use by another program\n"
    )


def test_all_wrong_keys_are_reported_at_once_by_every_command(config: Path) -> None:
    """With stream and setting, beside other problems; no request is sent."""
    keys = {"a": "junk", "b": "-----BEGIN PRIVATE KEY-----\nCANARY\n"}
    text = '[log]\nlevel = "loud"\n'
    for name, content in keys.items():
        path = config.with_name(f"{name}.pem")
        path.write_text(content)
        path.chmod(0o600)
        signed = SIGNED.format(path.name).partition("[streams.lobby]")[2]
        text += f"[streams.{name}]{signed}"
    config.write_text(text)
    for arguments in (["run"], ["check"], ["check", "a"], ["token", "a"]):
        ended = looked(config, *arguments)
        assert ended.returncode == 2
        assert not ended.stdout
        keys_told = [line.partition(": ")[0] for line in ended.stderr.splitlines()]
        assert keys_told == [
            "log.level",
            "streams.a.token.key_file",
            "streams.b.token.key_file",
        ]
        assert "CANARY" not in ended.stderr

"""Commands that inspect a configuration, and the schema."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.test_cli.process import GOOD, command, looked


def test_the_schema_is_for_editors() -> None:
    """It contains every table of the configuration."""
    printed = subprocess.run(
        command("config-schema"), capture_output=True, text=True, timeout=20, check=True
    )
    assert {"server", "log", "limits", "streams"} <= set(
        json.loads(printed.stdout)["properties"]
    )


TOKEN = (
    '[streams.lobby]\nurl = "http://127.0.0.1:9/v.m3u8"\n'
    'placement = [{ query = "token" }]\n'
    'token = { source = "static", value = "CANARY" }\n'
)


def test_a_token_is_shown_without_its_value(config: Path) -> None:
    """With --reveal the user sees it; exit code 0 both times."""
    config.write_text(TOKEN)
    masked, bare = (
        looked(config, "token", "lobby", *more) for more in ([], ["--reveal"])
    )
    assert (masked.returncode, bare.returncode) == (0, 0)
    assert "CANARY" not in masked.stdout + masked.stderr
    assert "token = CANARY" in bare.stdout


def test_a_failed_check_exits_with_1(config: Path) -> None:
    """It prints which step failed, and whose fault it is."""
    config.write_text(TOKEN)
    ended = looked(config, "check")
    assert ended.returncode == 1
    assert "FAILED  entry" in ended.stdout
    assert "fault: the upstream" in ended.stdout
    assert "CANARY" not in ended.stdout + ended.stderr


def test_an_unknown_stream_is_reported_in_one_line(config: Path) -> None:
    """With the known ones."""
    config.write_text(TOKEN)
    ended = looked(config, "check", "nobody")
    assert ended.returncode == 1
    assert 'no stream "nobody"; expected one of lobby' in ended.stderr


@pytest.mark.parametrize(
    ("store", "stream", "code", "said"),
    [
        ("", "lobby", 1, "hls-auth-proxy: store.dir is not set; expected the folder"),
        ('dir = "kept"\n', "bar", 1, 'hls-auth-proxy: there is no stream "bar"'),
        ('dir = "kept"\nmemory_bytes = 0\n', "lobby", 2, "store.dir: is set with"),
    ],
)
def test_an_impossible_prefetch_is_explained(
    config: Path, store: str, stream: str, code: int, said: str
) -> None:
    """In one line, with the exit code of the other commands."""
    config.write_text(f"{GOOD}[store]\n{store}")
    ended = subprocess.run(
        command("prefetch", "--config", str(config), stream),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == code
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") == 1

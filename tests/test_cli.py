"""The command `hls-auth-proxy`, as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from urllib.request import urlopen

import pytest

from proxy.system import reload_signal
from tests.service_manager import lines, listening

GOOD = (
    '[server]\nlisten = "127.0.0.1:0"\n[streams.lobby]\nurl = "http://127.0.0.1:9/v"\n'
)
SIGNED = (
    '[server]\nlisten = "127.0.0.1:0"\n[streams.lobby]\nprovider = "fastpix"\n'
    'playback_id = "x"\n'
    'token = {{ source = "sign-jwt", key_file = "{}", key_id = "k" }}\n'
)


def command(*arguments: str) -> list[str]:
    """Return the command line of the program."""
    return [sys.executable, "-m", "proxy", *arguments]


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


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the path of the test's configuration."""
    return tmp_path / "config.toml"


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_c7_it_stops_on_a_signal(config: Path, number: signal.Signals) -> None:
    """At once if no player is being served, with exit code 0."""
    config.write_text(GOOD)
    environ = {**os.environ, "HLS_AUTH_PROXY_CONFIG": str(config)}
    with subprocess.Popen(
        command("run"), env=environ, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        listening = json.loads(process.stderr.readline())
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
        rest = [json.loads(line) for line in process.stderr.read().splitlines()]
    assert listening["event"] == "listening"
    assert listening["urls"][0].endswith("/lobby/index.m3u8")
    assert [line["event"] for line in rest][-2:] == ["stopping", "stopped"]


def test_a_person_reads_what_to_open_and_how_to_stop(config: Path) -> None:
    """The URL comes first; the last line says that it has stopped."""
    key = "0123456789abcdef0123456789abcdef"
    keyed = GOOD.replace("[streams", f'access_key = "{key}"\n[streams')
    config.write_text(keyed + '[log]\nformat = "text"\nlevel = "error"\n')
    with subprocess.Popen(
        command("run", "--config", str(config)), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        rest = process.stderr.read()
    assert "is listening on 127.0.0.1:" in lines[0]
    assert "with your access key in place of <access key>" in lines[1]
    assert lines[2].endswith("/<access key>/lobby/index.m3u8\n")
    assert lines[3] == "Press Ctrl-C to stop.\n"
    assert rest.endswith("Stopped.\n")
    assert key not in "".join(lines) + rest


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


MORE = GOOD + '[streams.yard]\nurl = "http://127.0.0.1:9/y"\n'
QUIET = GOOD.replace("[streams", "reload_on_change = false\n[streams")


def configuration(base: str) -> dict[str, object]:
    """Return the configuration's entry on the status page."""
    with urlopen(f"{base}/status.json", timeout=5) as answer:  # noqa: S310 - our own
        told = json.load(answer)["configuration"]
    assert isinstance(told, dict)
    return told


def waits_for(base: str, last: str) -> None:
    """Wait until the last reload had this outcome."""
    end = time.monotonic() + 15
    while configuration(base)["last_reload"] != last:
        assert time.monotonic() < end
        time.sleep(0.1)


@contextmanager
def started(
    config: Path, *before: str, **environ: str
) -> Iterator[tuple[Popen[str], str]]:
    """Run the program; yield it and its base URL. It is stopped at the end."""
    arguments = [*(before or (sys.executable, "-m", "proxy")), "run", "-c", str(config)]
    with Popen(
        arguments, env={**os.environ, **environ}, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        try:
            yield process, json.loads(first)["urls"][0].rpartition("/lobby")[0]
        finally:
            process.terminate()
            assert process.wait(timeout=20) == 0


def test_it_reads_its_configuration_again_on_a_signal(
    config: Path, tmp_path: Path
) -> None:
    """The signal that systemd sends; systemd is notified."""
    config.write_text(QUIET)
    address = str(tmp_path / "notify")
    number = reload_signal()
    if number is None:
        pytest.skip("no such signal")
    with listening(address) as manager:
        with started(config, NOTIFY_SOCKET=address) as (process, base):
            told = lines(manager, 1)
            config.write_text(MORE)
            process.send_signal(number)
            waits_for(base, "applied")
            told += lines(manager, 2)
            config.write_text("[streams")
            process.send_signal(number)
            waits_for(base, "refused")
            told += lines(manager, 2)
        told += lines(manager, 1)
    words = ["READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1"]
    assert [each[0] for each in told] == [*words, "STOPPING=1"]
    assert told[2][1] == "STATUS=2 streams"
    since = [int(told[at][1].partition("=")[2]) for at in (1, 3)]
    assert since[0] < since[1] <= time.monotonic_ns() // 1000


@pytest.mark.parametrize("workers", [1, 2])
def test_a_closed_terminal_ends_it(config: Path, workers: int) -> None:
    """It gets the same signal; nobody is left who could stop it."""
    posix = pytest.importorskip("posix")
    config.write_text(GOOD.replace("[streams", f"workers = {workers}\n[streams"))
    terminal, end = posix.openpty()
    # The terminal belongs to the session leader that opens it first.
    opened = 'exec "$@" 0<>"$0" 1>&0 2>&0'
    program = command("run", "-c", str(config))
    arguments = ["sh", "-c", opened, posix.ttyname(end), *program]
    with Popen(arguments, start_new_session=True) as process:
        heard = b""
        while b"/lobby/index.m3u8" not in heard:
            heard += os.read(terminal, 4096)
        time.sleep(0.5)
        for each in (end, terminal):
            os.close(each)
        assert process.wait(timeout=20) == 0


def test_a_system_without_the_signal_watches_the_file(config: Path) -> None:
    """Windows: a change of the file is enough."""
    config.write_text(GOOD)
    without = (
        "import signal\nif hasattr(signal, 'SIGHUP'): del signal.SIGHUP\n"
        "from proxy.cli import main\nmain()"
    )
    with started(config, sys.executable, "-c", without) as (_, base):
        time.sleep(0.5)
        config.write_text(MORE)
        waits_for(base, "applied")


def test_the_log_changes_with_the_configuration(config: Path) -> None:
    """Its level, also for requests."""
    config.write_text(f'[log]\nlevel = "error"\n{GOOD}')
    with started(config) as (process, base):
        time.sleep(0.5)
        config.write_text(f'[log]\nlevel = "info"\nformat = "json"\n{GOOD}')
        waits_for(base, "applied")
        process.terminate()
        assert process.stderr is not None
        lines = process.stderr.read().splitlines()
    assert '"event":"configuration"' in lines[0]


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


def looked(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that inspects the streams of this configuration."""
    return subprocess.run(
        command(*arguments, "--config", str(config)),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
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

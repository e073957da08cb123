"""It runs until a signal ends it, and reloads its configuration."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from urllib.request import urlopen

import pytest

from proxy.system.processes import reload_signal
from tests.service_manager import lines, listening
from tests.test_cli.process import GOOD, command


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

"""The command `hls-auth-proxy`, as a process."""

import subprocess
import sys
from pathlib import Path

GOOD = (
    '[server]\nlisten = "127.0.0.1:0"\n[streams.lobby]\nurl = "http://127.0.0.1:9/v"\n'
)


def command(*arguments: str) -> list[str]:
    """Return the command line of the program."""
    return [sys.executable, "-m", "proxy", *arguments]


def looked(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that inspects the streams of this configuration."""
    return subprocess.run(
        command(*arguments, "--config", str(config)),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

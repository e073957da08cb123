"""Running a program within limits."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from proxy.errors import SourceError
from proxy.tokens.sources.process import MOST_OUTPUT_BYTES, Finished, run
from tests.fake_clock import FakeClock
from tests.tokens.programs import gone, program, zombies
from tests.tokens.token_server import until

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="looks at processes in /proc"
)

# Starts a child that would go on, writes both ids, and waits.
LASTING = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
part = pathlib.Path("pids.part")
part.write_text(f"{os.getpid()} {child.pid}")
part.rename("pids")
time.sleep(600)
"""


async def ran(
    folder: Path, code: str, *, environ: dict[str, str] | None = None
) -> Finished:
    """Run a program in a folder."""
    return await run(
        program(folder / "program.py", code),
        environ=environ or {},
        folder=folder,
        seconds=10,
        clock=FakeClock(),
    )


async def pids(folder: Path) -> list[int]:
    """Wait until the program has written its ids."""
    await until((folder / "pids").exists)
    return [int(pid) for pid in (folder / "pids").read_text().split()]


async def test_output_errors_and_status_are_returned(tmp_path: Path) -> None:
    """After it has ended."""
    code = 'import sys; print("out"); print("err", file=sys.stderr); sys.exit(3)'
    finished = await ran(tmp_path, code)
    assert finished == Finished(3, stdout=b"out\n", stderr=b"err\n")
    assert "out" not in repr(finished)


async def test_its_environment_is_the_given_one(tmp_path: Path) -> None:
    """Environment, folder, empty input, and its own session."""
    code = (
        "import os, sys\n"
        "print(os.environ['A'], os.environ.get('HOME'), os.getcwd(),"
        " sys.stdin.read(), os.getsid(0) == os.getpid())"
    )
    finished = await ran(tmp_path, code, environ={"A": "1"})
    assert finished.stdout.decode() == f"1 None {tmp_path}  True\n"


async def test_no_shell_interprets_arguments(tmp_path: Path) -> None:
    """They arrive unchanged."""
    argv = program(tmp_path / "program.py", "import sys; print(sys.argv[1])")
    finished = await run(
        [*argv, "$(id); `id` > x"],
        environ={},
        folder=tmp_path,
        seconds=10,
        clock=FakeClock(),
    )
    assert finished.stdout == b"$(id); `id` > x\n"


async def test_one_that_takes_too_long_is_killed_with_its_children(
    tmp_path: Path, clock: FakeClock
) -> None:
    """And reaped."""
    argv = program(tmp_path / "program.py", LASTING)
    running = asyncio.create_task(
        run(argv, environ={}, folder=tmp_path, seconds=10, clock=clock)
    )
    both = await pids(tmp_path)
    await clock.advance(9.9)
    assert not running.done()
    await clock.advance(0.1)
    with pytest.raises(SourceError, match="not done within 10 s"):
        await running
    await until(lambda: all(map(gone, both)))
    assert zombies(os.getpid()) == []


async def test_a_cancelled_one_is_killed_with_its_children(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Cancelling leaves nothing behind."""
    argv = program(tmp_path / "program.py", LASTING)
    running = asyncio.create_task(
        run(argv, environ={}, folder=tmp_path, seconds=10, clock=clock)
    )
    both = await pids(tmp_path)
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled()
    await until(lambda: all(map(gone, both)))
    assert zombies(os.getpid()) == []


async def test_one_that_runs_at_shutdown_is_killed(
    tmp_path: Path, clock: FakeClock
) -> None:
    """At shutdown all tasks are cancelled at the same time."""
    argv = program(tmp_path / "program.py", LASTING)
    running = asyncio.create_task(
        run(argv, environ={}, folder=tmp_path, seconds=10, clock=clock)
    )
    both = await pids(tmp_path)
    inner = asyncio.all_tasks() - {asyncio.current_task()}
    assert len(inner) > 1
    for task in inner:
        task.cancel()
    await asyncio.wait({running})
    await until(lambda: all(map(gone, both)))


@pytest.mark.parametrize("away", ["", ", start_new_session=True"])
async def test_a_child_that_keeps_the_output_open_is_not_waited_for(
    tmp_path: Path, clock: FakeClock, away: str
) -> None:
    """The output of the program counts; a daemon that it started goes on."""
    code = LASTING.replace('600)"])', f'600)"]{away})')
    code = code.replace("time.sleep(600)\n", "print('token')\n")
    argv = program(tmp_path / "program.py", code)
    running = asyncio.create_task(
        run(argv, environ={}, folder=tmp_path, seconds=10, clock=clock)
    )
    main, child = await pids(tmp_path)
    await until(lambda: gone(main))
    for _ in range(10):
        # The loop notices its end in real time.
        await asyncio.sleep(0.05)
        await clock.advance(0.5)
    assert (await running).stdout == b"token\n"
    assert not gone(child)
    os.kill(child, 9)


@pytest.mark.parametrize("size", [MOST_OUTPUT_BYTES, MOST_OUTPUT_BYTES + 1, 10**9])
async def test_the_size_of_the_output_is_limited(tmp_path: Path, size: int) -> None:
    """A program that never stops writing is killed."""
    code = (
        "import sys\n"
        f"left = {size}\n"
        "while left > 0: left -= sys.stdout.write('x' * min(left, 65536))"
    )
    finished = await ran(tmp_path, code)
    assert len(finished.stdout) == min(size, MOST_OUTPUT_BYTES + 1)
    if size <= MOST_OUTPUT_BYTES:
        assert finished.status == 0
    if size == 10**9:
        assert finished.status == -9


async def test_the_end_of_its_errors_is_kept(tmp_path: Path) -> None:
    """However many there are."""
    code = "import sys\nfor n in range(100_000): print(n, file=sys.stderr)"
    finished = await ran(tmp_path, code)
    assert finished.stderr.endswith(b"\n99999\n")
    assert len(finished.stderr) == 4096


async def test_a_signal_is_a_negative_status(tmp_path: Path) -> None:
    """As in Python."""
    code = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert (await ran(tmp_path, code)).status == -signal.SIGTERM


@pytest.mark.parametrize("name", ["no-such-program", "./plain"])
async def test_one_that_cannot_be_run_is_a_permanent_error(
    tmp_path: Path, name: str
) -> None:
    """Until somebody installs it."""
    (tmp_path / "plain").write_text("no program")
    with pytest.raises(SourceError, match="cannot be run") as caught:
        await run(
            [name],
            environ={"PATH": str(Path(sys.executable).parent)},
            folder=tmp_path,
            seconds=10,
            clock=FakeClock(),
        )
    assert not caught.value.recoverable

"""What this system can do, and the replacements if it cannot."""

import asyncio
import contextlib
import ctypes
import errno
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy import system
from proxy.secret_file import SecretFile
from tests.tokens.files import secret


@pytest.mark.parametrize("name", ["O_CLOEXEC", "O_NONBLOCK"])
def test_a_secret_is_read_if_a_flag_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Flags that the system lacks are left out."""
    path = secret(tmp_path / "key", b"canary\r\n")
    before = system.secret_flags()
    monkeypatch.delattr(os, name)
    assert system.secret_flags() < before
    assert SecretFile(path).read() == b"canary\r\n"


def test_without_owners_modes_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows shows mode 0666 for every writable file."""
    path = secret(tmp_path / "key", b"canary", mode=0o666)
    monkeypatch.delattr(os, "geteuid")
    assert system.user_id() is None
    assert SecretFile(path).read() == b"canary"


@pytest.mark.parametrize("groups", [True, False])
async def test_a_program_is_killed_with_and_without_process_groups(
    monkeypatch: pytest.MonkeyPatch, *, groups: bool
) -> None:
    """Killing it again after its end does nothing."""
    if not groups:
        monkeypatch.delattr(os, "killpg")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(600)", start_new_session=True
    )
    system.kill(process)
    assert await process.wait() == -9
    system.kill(process)


@contextlib.asynccontextmanager
async def joined() -> AsyncIterator[tuple[socket.socket, asyncio.Transport]]:
    """Yield both ends of a connection; the first end has little room."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        _, writer = await asyncio.open_connection(*server.getsockname())
        with server.accept()[0] as end:
            assert isinstance(writer.transport, asyncio.Transport)
            yield end, writer.transport
    writer.transport.abort()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells")
@pytest.mark.parametrize("size", [100_000, 50_000_000], ids=["kernel", "asyncio"])
async def test_unacknowledged_bytes_are_counted(size: int) -> None:
    """In the kernel's buffer and in asyncio's."""
    async with joined() as (end, transport):
        assert system.unacknowledged(transport) == 0
        transport.write(bytes(size))
        await asyncio.sleep(0)
        assert bool(transport.get_write_buffer_size()) is (size > 1_000_000)
        waiting = system.unacknowledged(transport)
        assert waiting
        assert waiting > 50_000
        end.settimeout(0)
        async with asyncio.timeout(10):
            while system.unacknowledged(transport):
                with contextlib.suppress(BlockingIOError):
                    end.recv(1_000_000)
                await asyncio.sleep(0)


@pytest.mark.parametrize("missing", ["fcntl", "termios"])
async def test_other_systems_do_not_know_unacknowledged_bytes(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But unsent bytes are certainly unacknowledged."""
    async with joined() as (_, transport):
        monkeypatch.setitem(sys.modules, missing, None)
        assert system.unacknowledged(transport) is None
        transport.write(bytes(50_000_000))
        assert system.unacknowledged(transport)


async def test_only_linux_is_asked_for_unacknowledged_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Elsewhere the same number means something else, or nothing."""
    async with joined() as (_, transport):
        monkeypatch.setattr(sys, "platform", "darwin")
        assert system.unacknowledged(transport) is None


async def test_nothing_is_known_about_an_ended_connection() -> None:
    """Resetting it again is not an error."""
    async with joined() as (_, transport):
        transport.abort()
        await asyncio.sleep(0.01)
        assert system.unacknowledged(transport) is None
        system.reset(transport)


async def test_after_a_reset_nothing_more_arrives() -> None:
    """Not even the bytes for which the other end had no room yet."""
    async with joined() as (end, transport):
        transport.write(bytes(100_000))
        system.reset(transport)
        await asyncio.sleep(0.01)
        with pytest.raises(ConnectionResetError):
            end.sendall(b"x")


class Msvcrt:
    """What Windows has instead of fcntl: it locks a byte at the file's position."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.locked = set[int]()

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        """Lock a byte, unless it is locked."""
        assert (mode, count) == (2, 1)
        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        if at in self.locked:
            raise PermissionError(errno.EACCES, "locked")
        self.locked.add(at)


@pytest.mark.parametrize(
    ("modules", "second"),
    [
        ({}, False),
        ({"fcntl": None, "msvcrt": Msvcrt()}, False),
        ({"fcntl": None, "msvcrt": None}, True),
    ],
    ids=["fcntl", "msvcrt", "neither"],
)
def test_a_file_is_locked_with_any_available_module(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    modules: dict[str, object],
    *,
    second: bool,
) -> None:
    """Without any, nobody is locked out; a locked file can still be read."""
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    path = secret(tmp_path / "key", b"canary")
    one, two = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    assert system.try_lock(one)
    assert system.try_lock(two) is second
    assert path.read_bytes() == b"canary"
    os.close(one)
    os.close(two)


def test_without_locks_in_a_file_system_nobody_waits() -> None:
    """A closed descriptor can never be locked."""
    assert system.try_lock(1 << 20)


def test_a_system_without_sighup_has_no_reload_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Windows: there, watching the files reports changes."""
    monkeypatch.delattr(signal, "SIGHUP", raising=False)
    assert system.reload_signal() is None


def test_a_datagram_socket_never_waits() -> None:
    """If the system has such sockets."""
    sender = system.datagram_socket()
    if sender is not None:
        with sender:
            assert sender.gettimeout() == 0.0


@pytest.mark.parametrize("missing", [(), ("memfd_create",), ("memfd_create", "pread")])
def test_an_anonymous_file_is_read_and_written_anywhere(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]
) -> None:
    """Without positioned reads there are no positioned writes either."""
    for name in (*missing, *(["pwrite"] if "pread" in missing else [])):
        monkeypatch.delattr(os, name)
    one, two = system.anonymous_file(), system.anonymous_file()
    system.write_at(one, b"01234567", 0)
    system.write_at(one, bytearray(b"abc"), 3)
    assert system.read_at(one, 100, 2) == b"2abc67"
    assert system.read_at(two, 100, 0) == b""
    assert not os.get_inheritable(one)
    os.close(one)
    os.close(two)


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EPERM, errno.EMFILE])
def test_a_sandbox_may_refuse_files_in_memory(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Then a temporary file is used. Without a free descriptor both fail."""

    def refused(name: str) -> int:
        raise OSError(code, name)

    monkeypatch.setattr(os, "memfd_create", refused, raising=False)
    if code == errno.EMFILE:
        with pytest.raises(OSError, match="hls-auth-proxy"):
            system.anonymous_file()
    else:
        os.close(system.anonymous_file())


def test_a_partial_write_is_continued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system may write less than requested."""
    write = vars(os)["pwrite"]
    monkeypatch.setattr(
        os, "pwrite", lambda file, data, place: write(file, data[:3], place)
    )
    file = system.anonymous_file()
    system.write_at(file, b"0123456789", 0)
    assert system.read_at(file, 100, 0) == b"0123456789"
    os.close(file)


class Resource:
    """POSIX's module of limits."""

    RLIMIT_NOFILE = 7
    RLIM_INFINITY = -1

    def __init__(self, soft: int) -> None:
        self._soft = soft

    def getrlimit(self, which: int) -> tuple[int, int]:
        """Return the limits, the soft one first."""
        assert which == self.RLIMIT_NOFILE
        return self._soft, -1


@pytest.mark.parametrize(
    ("module", "most"), [(Resource(1024), 1024), (Resource(-1), None), (None, None)]
)
def test_the_limit_of_open_files_is_read(
    monkeypatch: pytest.MonkeyPatch, module: Resource | None, most: int | None
) -> None:
    """Windows has no such module, and almost no limit."""
    monkeypatch.setitem(sys.modules, "resource", module)
    assert system.most_open_files() == most


async def test_a_file_is_sent_as_far_as_the_socket_has_room(tmp_path: Path) -> None:
    """From its position, without reading it; a full socket takes nothing."""
    path = tmp_path / "file"
    path.write_bytes(b"header" + bytes(20_000_000))
    async with joined() as (end, transport):
        with path.open("rb") as file:
            assert system.send_from_file(transport, file.fileno(), 4, 4) == 4
            assert end.recv(100) == b"er\0\0"
            count = system.send_from_file(transport, file.fileno(), 6, 20_000_000)
            assert count
            assert count < 20_000_000
            while system.send_from_file(transport, file.fileno(), 6, 1_000_000):
                pass
            assert system.send_from_file(transport, file.fileno(), 6, 1) == 0
            assert file.tell() == 0


async def test_no_file_is_sent_before_older_bytes(tmp_path: Path) -> None:
    """It would overtake bytes that were written before."""
    path = tmp_path / "file"
    path.write_bytes(b"file")
    async with joined() as (_, transport):
        transport.write(bytes(50_000_000))
        with path.open("rb") as file:
            assert system.send_from_file(transport, file.fileno(), 0, 4) is None


@pytest.mark.parametrize("missing", ["the call", "the file system", "plain text"])
async def test_if_no_file_can_be_sent_nothing_is_sent(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller reads the file, and writes it."""
    path = tmp_path / "file"
    path.write_bytes(b"file")

    def refuse(*_: int) -> int:
        raise OSError(errno.EINVAL, "not from here")

    async with joined() as (end, transport):
        if missing == "the call":
            monkeypatch.delattr(os, "sendfile", raising=False)
        elif missing == "the file system":
            monkeypatch.setattr(os, "sendfile", refuse, raising=False)
        else:
            context = ssl.create_default_context()
            tell = transport.get_extra_info
            monkeypatch.setattr(
                transport,
                "get_extra_info",
                lambda name: context if name == "sslcontext" else tell(name),
            )
        with path.open("rb") as file:
            assert system.send_from_file(transport, file.fileno(), 0, 4) is None
        end.settimeout(0)
        with pytest.raises(BlockingIOError):
            end.recv(1)


async def test_no_file_is_sent_over_an_ended_connection(tmp_path: Path) -> None:
    """Every system's error means that the connection has ended."""
    path = tmp_path / "file"
    path.write_bytes(bytes(10_000_000))
    async with joined() as (end, transport):
        system.reset(transport)
        with path.open("rb") as file:
            end.close()
            await asyncio.sleep(0.01)
            with pytest.raises(ConnectionError):
                system.send_from_file(transport, file.fileno(), 0, 10_000_000)


_FREEING = """
import resource, sys
from proxy import system
if sys.argv[1] == "reuse" and not system.reuse_memory(largest=2**20, most=2**24):
    sys.exit("not offered")
def faults():
    for _ in range(300):
        held = [bytes(300_000) for _ in range(3)]
        del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = faults()
print(faults() - before)
"""


async def _faults(how: str) -> int:
    """Return how often a process got a page while it freed and took memory."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _FREEING, how), stdout=-1, stderr=-1
    )
    told, complaint = await process.communicate()
    if b"not offered" in complaint:
        pytest.skip("the C library does not offer it")
    return int(told)


async def test_freed_memory_is_reused() -> None:
    """The kernel need not clear the same pages each time."""
    reusing = await _faults("reuse")
    assert reusing < 30
    assert 100 * (reusing + 1) < await _faults("return")


@pytest.mark.parametrize("error", [OSError, TypeError])
def test_without_the_option_memory_is_freed_as_usual(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """As in Windows, or with another C library."""

    def none(_: object) -> object:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", none)
    assert not system.reuse_memory(largest=2**20, most=2**24)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not system.reuse_memory(largest=2**20, most=2**24)


@pytest.mark.parametrize(
    ("platform", "shares"), [("linux", True), ("darwin", False), ("freebsd14", False)]
)
def test_only_linux_spreads_connections_over_sockets(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    shares: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Elsewhere the option of that name gives all of them to one socket."""
    monkeypatch.setattr(socket, "SO_REUSEPORT", 15, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    assert (system.balanced_port_option() == 15) is shares
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    assert system.balanced_port_option() is None


def test_there_is_at_least_one_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some systems only know how many there are, and some not even that."""
    assert system.cores() >= 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert system.cores() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert system.cores() == 1


@pytest.mark.parametrize(("name", "hands"), [("posix", True), ("nt", False)])
def test_windows_passes_no_sockets_to_programs(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    hands: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """There they are not files."""
    monkeypatch.setattr(os, "name", name)
    assert system.hands_sockets() is hands

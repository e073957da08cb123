"""A refresh token that is renewed with each use."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from proxy.core.tokens.service.messages import ServiceReply
from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.tokens.logins.refresh_token import Exchanged, RefreshToken
from proxy.tokens.logins.use_note import UseNote
from tests.fake_clock import FakeClock
from tests.tokens.files import secret


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with the first refresh token."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return secret(folder / "login", b"one\n")


def mode(path: Path, bits: int) -> None:
    """Change the mode of a file."""
    path.chmod(bits)


def content(path: Path) -> str:
    """Return the content of a file."""
    return path.read_text()


def left(path: Path) -> list[str]:
    """Return the files in the folder of a file."""
    return [each.name for each in path.parent.iterdir()]


class Endpoint:
    """Rotates: each refresh token can be used once."""

    def __init__(self, *, first: int = 1) -> None:
        self.good = first
        self.used: list[str] = []
        self.held: asyncio.Event | None = None
        """What it waits for after it has used a token up, before it answers."""

    async def ask(self, token: str) -> ServiceReply:
        """Answer with the next one."""
        self.used.append(token)
        if token != f"r{self.good}":
            return ServiceReply(400, headers=(), body=b"", sent=0.0, seconds=0.0)
        self.good += 1
        answer = f"r{self.good}".encode()
        if self.held is not None:
            await self.held.wait()
        await asyncio.sleep(0)
        return ServiceReply(200, headers=(), body=answer, sent=0.0, seconds=0.0)

    async def exchange(self, login: RefreshToken) -> Exchanged:
        """Return an exchange of a login at this endpoint."""
        return await asyncio.shield(await login.begin(self.ask, next_of))


def next_of(reply: ServiceReply) -> str | None:
    """Return the whole body."""
    return reply.body.decode() if reply.succeeded else None


async def test_l13_users_of_one_login_take_turns() -> None:
    """However long it takes, no used token is sent."""
    login, endpoint = RefreshToken("r1", FakeClock()), Endpoint()
    tasks = [asyncio.create_task(endpoint.exchange(login)) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks[5:10]:
        task.cancel()
    await asyncio.wait(tasks)
    assert endpoint.used == [f"r{number}" for number in range(1, 16)]


@pytest.mark.parametrize("rounds", range(6))
async def test_l13_a_caller_that_leaves_at_any_await_loses_nothing(
    path: Path, rounds: int
) -> None:
    """A sent request is finished and stored."""
    secret(path, b"r1")
    login, endpoint = RefreshToken(SecretFile(path), FakeClock()), Endpoint()
    task = asyncio.create_task(endpoint.exchange(login))
    for _ in range(rounds):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    await login.close(FakeClock(), 10)
    assert content(path) == f"r{endpoint.good}"
    assert left(path) == ["login"]


async def test_l13_a_stop_waits_for_the_answer_within_the_grace_time(
    path: Path,
) -> None:
    """After that a note tells the next run what may have happened."""
    secret(path, b"r1")
    clock, endpoint = FakeClock(), Endpoint()
    endpoint.held = asyncio.Event()
    login = RefreshToken(SecretFile(path), FakeClock())
    await login.begin(endpoint.ask, next_of)
    stop = asyncio.create_task(login.close(clock, 5))
    await clock.advance(4)
    assert not stop.done()
    endpoint.held.set()
    await clock.settle()
    assert stop.done()
    assert content(path) == "r2"
    endpoint.held.clear()
    await login.begin(endpoint.ask, next_of)
    stop = asyncio.create_task(login.close(clock, 5))
    await clock.advance(5)
    assert stop.done()
    again = await endpoint.exchange(RefreshToken(SecretFile(path), FakeClock()))
    assert (again.reply.status, content(path)) == (400, "r2")
    assert str(path) in again.doubt
    assert "log in anew" in again.doubt
    # Reported until it is fixed, and not longer.
    assert (await endpoint.exchange(RefreshToken(SecretFile(path), FakeClock()))).doubt
    secret(path, b"r3")
    endpoint.held.set()
    assert not (
        await endpoint.exchange(RefreshToken(SecretFile(path), FakeClock()))
    ).doubt
    assert left(path) == ["login"]


async def test_a_login_that_was_revoked_is_not_in_doubt(path: Path) -> None:
    """Each call was answered, so no answer was lost."""
    secret(path, b"revoked")
    for _ in range(3):
        exchanged = await Endpoint().exchange(
            RefreshToken(SecretFile(path), FakeClock())
        )
        assert (exchanged.reply.status, exchanged.doubt) == (400, "")
    assert left(path) == ["login"]


@pytest.mark.parametrize("filed", [True, False])
async def test_a_missing_answer_is_reported_with_the_next_refusal(
    path: Path, *, filed: bool
) -> None:
    """The connection broke after the service had used the token."""
    secret(path, b"r1")
    endpoint = Endpoint()
    login = RefreshToken(SecretFile(path) if filed else "r1", FakeClock())

    async def broken(token: str) -> ServiceReply:
        await endpoint.ask(token)
        raise SourceError("the connection broke")

    with pytest.raises(SourceError, match="broke"):
        await asyncio.shield(await login.begin(broken, next_of))
    for _ in range(2):
        exchanged = await endpoint.exchange(login)
        assert exchanged.reply.status == 400
        assert "log in anew" in exchanged.doubt


async def test_an_unreadable_answer_leaves_a_doubt(path: Path) -> None:
    """It is a success without the next token."""
    secret(path, b"r1")
    login, endpoint = RefreshToken(SecretFile(path), FakeClock()), Endpoint()

    def unreadable(reply: ServiceReply) -> str | None:
        del reply
        raise SourceError("the answer is not JSON")

    with pytest.raises(SourceError, match="not JSON"):
        await asyncio.shield(await login.begin(endpoint.ask, unreadable))
    assert (await endpoint.exchange(login)).doubt


async def test_one_that_is_not_stored_is_in_doubt_after_a_restart(path: Path) -> None:
    """It is used from memory; the one in the file has been used."""
    secret(path, b"r1")
    login, endpoint = RefreshToken(SecretFile(path), FakeClock()), Endpoint()
    login.read()
    mode(path, 0o644)
    with pytest.raises(SourceError, match="a restart would lose it"):
        await endpoint.exchange(login)
    assert (await endpoint.exchange(login)).reply.status == 200
    mode(path, 0o600)
    assert (await endpoint.exchange(RefreshToken(SecretFile(path), FakeClock()))).doubt


async def test_without_a_note_one_is_not_sent(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full, so the next one could not be stored either."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, f"no room for {descriptor}")

    secret(path, b"r1")
    login, endpoint = RefreshToken(SecretFile(path), FakeClock()), Endpoint()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(SourceError, match=r"was not sent.*No space left") as caught:
            await endpoint.exchange(login)
    assert caught.value.recoverable
    assert (endpoint.used, left(path)) == ([], ["login"])
    assert (await endpoint.exchange(login)).reply.succeeded
    assert content(path) == "r2"


@pytest.mark.parametrize(
    ("noted", "laid", "found"),
    [
        ("r1", b"r2", "r2"),
        ("r0", b"r2", "r1"),
        (None, b"r2", "r1"),
        ("r1", b"", "r1"),
        ("r1", b"r\0", "r1"),
    ],
    ids=["ours", "about another content", "no note", "empty", "zero bytes"],
)
async def test_the_next_token_of_a_killed_program_is_used(
    path: Path, noted: str | None, laid: bytes, found: str
) -> None:
    """If it is complete and belongs to the one in the file; else it is removed."""
    secret(path, b"r1")
    file = SecretFile(path)
    if noted:
        UseNote(file).write(noted)
    secret(file.next_path, laid)
    login, endpoint = RefreshToken(file, FakeClock()), Endpoint(first=int(found[1]))
    before = login.fingerprint()
    assert (await endpoint.exchange(login)).reply.succeeded
    assert endpoint.used == [found]
    assert content(path) == f"r{endpoint.good}"
    assert left(path) == ["login"]
    assert login.fingerprint() == before

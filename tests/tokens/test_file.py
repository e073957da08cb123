"""The source `file`."""

from pathlib import Path

import jwt
import pytest

from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.tokens.file import FileSource
from tests.fake_clock import FakeClock
from tests.tokens.files import secret


async def test_the_file_is_read_for_each_token(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Without the white space around its content; the source keeps nothing."""
    path = secret(tmp_path / "token", b"one\n")
    source = FileSource(SecretFile(path), clock=clock)
    assert (await source.fetch()).fields == {"token": "one"}
    secret(path, b" two ")
    assert (await source.fetch()).fields == {"token": "two"}


async def test_a_jwt_tells_its_end(clock: FakeClock, tmp_path: Path) -> None:
    """It is refreshed ahead of it."""
    ends = clock.wall() + 60
    token = jwt.encode({"exp": ends}, "canary-" * 5)
    path = secret(tmp_path / "token", token.encode())
    fetched = await FileSource(SecretFile(path), clock=clock).fetch()
    assert fetched.expires_at == ends


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
async def test_a_file_without_a_token_is_named(
    clock: FakeClock, tmp_path: Path, content: bytes | None
) -> None:
    """No retry helps but another content, which is looked for."""
    path = tmp_path / "token"
    if content is not None:
        secret(path, content)
    source = FileSource(SecretFile(path), clock=clock)
    with pytest.raises(SourceError, match=str(path)) as caught:
        await source.fetch()
    assert not caught.value.recoverable


async def test_the_fingerprint_is_that_of_the_file(
    clock: FakeClock, tmp_path: Path
) -> None:
    """It changes with the content."""
    path = secret(tmp_path / "token", b"one")
    source = FileSource(SecretFile(path), clock=clock)
    before = source.fingerprint()
    assert source.fingerprint() == before
    secret(path, b"two")
    assert source.fingerprint() != before

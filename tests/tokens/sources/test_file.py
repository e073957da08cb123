"""The source `file`."""

from pathlib import Path

import jwt
import pytest

from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.tokens.sources.file import FileSource
from proxy.tokens.sources.layout import Layout
from tests.fake_clock import FakeClock
from tests.tokens.files import changed, mount, secret, swap
from tests.tokens.scripted import Reports, keeper_of


async def test_the_file_is_read_for_each_token(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Without the white space around its content; the source keeps nothing."""
    path = secret(tmp_path / "token", b"one\n")
    source = FileSource(SecretFile(path), clock=clock)
    assert (await source.fetch()).fields == {"token": "one"}
    secret(path, b" two ")
    assert (await source.fetch()).fields == {"token": "two"}


async def test_a_jwt_contains_its_expiry(clock: FakeClock, tmp_path: Path) -> None:
    """It is refreshed before that."""
    ends = clock.wall() + 60
    token = jwt.encode({"exp": ends}, "canary-" * 5)
    path = secret(tmp_path / "token", token.encode())
    fetched = await FileSource(SecretFile(path), clock=clock).fetch()
    assert fetched.expires_at == ends


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
async def test_a_file_without_a_token_is_named(
    clock: FakeClock, tmp_path: Path, content: bytes | None
) -> None:
    """Only another content helps, which is checked for."""
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


async def test_a_file_may_hold_json(clock: FakeClock, tmp_path: Path) -> None:
    """Its token and its expiry are found by pointers."""
    path = secret(tmp_path / "token", b'{"t": "canary", "lives": "60"}')
    changed(path, clock.wall())
    layout = Layout({"token": "/t"}, expires_in="/lives")
    token = await FileSource(SecretFile(path), layout, clock=clock).fetch()
    assert token.fields == {"token": "canary"}
    assert token.expires_at == clock.wall() + 60


async def test_an_opaque_token_lives_as_configured(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Then the file is read again."""
    path = secret(tmp_path / "token", b"opaque")
    changed(path, clock.wall())
    source = FileSource(SecretFile(path), Layout(ttl=600), clock=clock)
    assert (await source.fetch()).expires_at == clock.wall() + 600


@pytest.mark.parametrize(
    "layout",
    [Layout(ttl=60), Layout({"token": "/t"}, expires_in="/lives")],
    ids=["ttl", "expires_in"],
)
async def test_reading_a_file_again_does_not_extend_its_token(
    clock: FakeClock, tmp_path: Path, layout: Layout
) -> None:
    """The time counts from the change of the file; a future one is not believed."""
    path = secret(tmp_path / "token", b'{"t":"canary","lives":60}')
    written = clock.wall()
    changed(path, written + 3600)
    source = FileSource(SecretFile(path), layout, clock=clock)
    assert (await source.fetch()).expires_at == written + 60
    changed(path, written)
    await clock.advance(30)
    assert (await source.fetch()).expires_at == written + 60


async def test_a_byte_order_mark_is_not_part_of_a_token(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Some editors write one; UTF-16 is refused, and named."""
    path = secret(tmp_path / "token", b"\xef\xbb\xbfcanary\r\n")
    source = FileSource(SecretFile(path), clock=clock)
    assert (await source.fetch()).fields == {"token": "canary"}
    for encoding in ("utf-16-le", "utf-16-be"):
        secret(path, "\ufeffcanary".encode(encoding))
        with pytest.raises(SourceError, match="is UTF-16; expected text in UTF-8"):
            await source.fetch()


async def test_r11_a_swapped_mount_is_used_within_6_s(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Kubernetes moves `..data`; the file's own link never changes."""
    folder = mount(tmp_path, {"token": b"one"})
    source = FileSource(SecretFile(folder / "token"), clock=clock)
    keeper = keeper_of(source, clock)
    async with keeper.running():
        for content in (b"one", b"two", b"three"):
            swap(tmp_path, {"token": content})
            await clock.advance(6)
            assert (await keeper.token()).token.fields["token"].encode() == content
        assert keeper.generation == 3


@pytest.mark.parametrize("bad", [None, b"", b"a\nb", b"\xff", b"<html>"])
async def test_r11_an_invalid_file_keeps_the_old_token(
    clock: FakeClock, tmp_path: Path, bad: bytes | None
) -> None:
    """It counts as a failure; the next valid content is used within 6 s."""
    path, reports = secret(tmp_path / "token", b"one"), Reports()
    keeper = keeper_of(FileSource(SecretFile(path), clock=clock), clock, reports)
    async with keeper.running():
        await keeper.token()
        if bad is None:
            path.unlink()
        else:
            secret(path, bad)
        await clock.advance(20)
        assert (await keeper.token()).token.fields == {"token": "one"}
        assert reports.outcomes["failed"] == 1
        secret(path, b"two")
        await clock.advance(6)
        assert (await keeper.token()).token.fields == {"token": "two"}

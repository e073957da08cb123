"""Token sources from their settings."""

import hmac
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.app.lifetime import Lifetime
from proxy.app.sources import signs_itself, source_of
from proxy.demo.keys import generate
from proxy.errors import StartError
from proxy.settings import Settings
from proxy.tokens.source import Source
from tests.app.around import surroundings

STREAM = (
    '[streams.lobby]\nurl = "https://h/v.m3u8"\nplacement = [{{ query = "t" }}]\n{}'
)
SIGN = 'token = {{ source = "sign-jwt", {}, claims = {{ sub = "me" }} }}'
Loaded = Callable[..., Settings]


def built(settings: Settings, environ: dict[str, str] | None = None) -> Source:
    """Build the only source of the settings."""
    token = settings.streams["lobby"].token
    assert token is not None
    around = surroundings(settings, environ)
    return source_of(
        token, around, entry=settings.streams["lobby"].url, user=Lifetime()
    )


async def test_each_source_gives_its_token(loaded: Loaded, tmp_path: Path) -> None:
    """A value, a variable, a file."""
    secret = tmp_path / "token"
    secret.write_text("FROM-FILE\n")
    secret.chmod(0o600)
    for token, wanted in (
        ('source = "static", value = "FIXED"', "FIXED"),
        ('source = "static", fields = { token = "A", kid = "B" }', "A"),
        ('source = "env", variable = "T"', "FROM-ENV"),
        ('source = "env", fields = { token = "T", kid = "T" }', "FROM-ENV"),
        ('source = "file", path = "token"', "FROM-FILE"),
    ):
        environ = {"T": "FROM-ENV"}
        settings = loaded(STREAM.format(f"token = {{ {token} }}"), environ)
        fetched = await built(settings, environ).fetch()
        assert fetched.fields["token"] == wanted


@pytest.mark.parametrize("key", ['key_file = "key.pem"', 'key_env = "KEY"'])
async def test_tokens_are_signed_with_either_kind_of_key(
    loaded: Loaded, tmp_path: Path, key: str
) -> None:
    """A file that may be rotated, or a variable."""
    pem = generate().private_pem
    (tmp_path / "key.pem").write_text(pem)
    (tmp_path / "key.pem").chmod(0o600)
    settings = loaded(STREAM.format(SIGN.format(key)), {"KEY": pem})
    token = await built(settings, {"KEY": pem}).fetch()
    assert token.fields["token"].count(".") == 2


HASH = (
    'token = {{ source = "sign-hash", algorithm = "hmac-sha256", key_encoding = "hex",'
    ' {}, message = "{{path}}" }}'
)


@pytest.mark.parametrize("key", ['key_file = "k"', 'key_env = "KEY"', 'key = "0a0b"'])
async def test_hashes_are_signed_with_either_kind_of_key(
    loaded: Loaded, tmp_path: Path, key: str
) -> None:
    """From a file, a variable or the configuration, decoded as configured."""
    (tmp_path / "k").write_text("0a0b\n")
    (tmp_path / "k").chmod(0o600)
    settings = loaded(STREAM.format(HASH.format(key)), {"KEY": "0a0b"})
    token = await built(settings, {"KEY": "0a0b"}).fetch()
    wanted = hmac.digest(b"\x0a\x0b", b"/v.m3u8", "sha256")
    assert token.fields == {"token": wanted.hex()}


def test_a_wrong_key_is_reported_in_one_line(loaded: Loaded) -> None:
    """It shows no part of the key."""
    environ = {"KEY": "CANARY"}
    good = {"KEY": generate().private_pem}
    settings = loaded(STREAM.format(SIGN.format('key_env = "KEY"')), good)
    with pytest.raises(StartError) as caught:
        built(settings, environ)
    assert "CANARY" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_signing_sources_sign_themselves(loaded: Loaded) -> None:
    """These may be asked for each request."""
    environ = {"KEY": generate().private_pem}
    signing = loaded(STREAM.format(SIGN.format('key_env = "KEY"')), environ)
    fixed = loaded(STREAM.format('token = { source = "static", value = "x" }'))
    tokens = [one.streams["lobby"].token for one in (signing, fixed)]
    assert [token is not None and signs_itself(token) for token in tokens] == [
        True,
        False,
    ]

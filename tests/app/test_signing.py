"""Sources that sign by themselves, and their keys, from settings."""

from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from proxy.app.signing import signer_of, signing_key_of
from proxy.demo.keys import generate
from proxy.errors import StartError
from proxy.settings import Settings, SignHash, SignJwt
from proxy.tokens.sources import sign_hash, sign_jwt
from tests.fake_clock import FakeClock
from tests.tokens.scripted import seeded

Loaded = Callable[..., Settings]
JWT = 'source = "sign-jwt", claims = { sub = "me" }'
HASH = 'source = "sign-hash", algorithm = "rsa-sha256", message = "{expires}"'


def token(loaded: Loaded, sign: str, key: str, environ: dict[str, str]) -> object:
    """Return the settings of a token that is signed with this key."""
    text = f"token = {{ {sign}, {key} }}"
    stream = '[streams.lobby]\nurl = "https://h/v"\nplacement = [{ query = "t" }]\n'
    return loaded(stream + text, environ).streams["lobby"].token


@pytest.mark.parametrize(
    ("sign", "made"), [(JWT, sign_jwt.JwtSigner), (HASH, sign_hash.HashSigner)]
)
@pytest.mark.parametrize("key", ['key_file = "key.pem"', 'key_env = "KEY"'])
async def test_each_source_signs_with_either_kind_of_key(
    loaded: Loaded, tmp_path: Path, sign: str, made: type, key: str
) -> None:
    """A file that may be rotated, or a variable."""
    environ = {"KEY": generate().private_pem}
    (tmp_path / "key.pem").write_text(environ["KEY"])
    (tmp_path / "key.pem").chmod(0o600)
    settings = token(loaded, sign, key, environ)
    assert isinstance(settings, SignJwt | SignHash)
    source = signer_of(
        settings,
        entry="https://h/v",
        key=signing_key_of(settings, environ=environ, shared=False),
        clock=FakeClock(),
        rng=seeded(),
    )
    assert isinstance(source, made)
    assert (await source.fetch()).fields["token"]


def test_a_short_secret_is_logged(loaded: Loaded) -> None:
    """If the settings allow it; the log shows no part of it."""
    allowed = 'algorithm = "HS256", short_secret = true, '
    environ = {"KEY": "canary-of-24-characters!"}
    settings = token(loaded, allowed + JWT, 'key_env = "KEY"', environ)
    assert isinstance(settings, SignJwt)
    with structlog.testing.capture_logs() as logged:
        assert signing_key_of(settings, environ=environ, shared=False).short
    (line,) = logged
    assert (line["key"], line["bytes"], line["expected"]) == ("KEY", 24, 32)
    assert "canary" not in str(line)


def test_a_file_that_others_can_read_is_refused_unless_shared(
    loaded: Loaded, tmp_path: Path
) -> None:
    """Also if its mode changes after the configuration was read."""
    path = tmp_path / "key.pem"
    path.write_text(generate().private_pem)
    path.chmod(0o600)
    settings = token(loaded, JWT, 'key_file = "key.pem"', {})
    assert isinstance(settings, SignJwt)
    path.chmod(0o644)
    with pytest.raises(StartError, match="open to others"):
        signing_key_of(settings, environ={}, shared=False)
    assert signing_key_of(settings, environ={}, shared=True).algorithm == "RS256"

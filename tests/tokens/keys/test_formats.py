"""The forms of keys."""

import base64
import contextlib
import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from proxy.errors import StartError
from proxy.tokens.keys.formats import private_key, secret
from tests.tokens.files import pem

RSA = rsa.generate_private_key(65537, 2048)
P384 = ec.generate_private_key(ec.SECP384R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
JWKS: Mapping[str, str] = {
    "RSA": RSAAlgorithm.to_jwk(RSA),
    "EC": ECAlgorithm.to_jwk(P384),
    "OKP": OKPAlgorithm.to_jwk(ED25519),
}
KEYS: Mapping[str, PrivateKeyTypes] = {"RSA": RSA, "EC": P384, "OKP": ED25519}


@pytest.mark.parametrize("kind", JWKS)
@pytest.mark.parametrize("layers", [0, 1])
def test_only_the_key_of_a_jwk_counts(kind: str, layers: int) -> None:
    """Plain or in base64, as from Cloudflare; its `alg` and `kid` are ignored."""
    jwk = json.dumps({**json.loads(JWKS[kind]), "alg": "none", "kid": "x"}).encode()
    for _ in range(layers):
        jwk = base64.b64encode(jwk)
    read = private_key(b"\n" + jwk + b"\n")
    assert not isinstance(read, bytes)
    assert pem(read) == pem(KEYS[kind])


@pytest.mark.parametrize("written", [b"\\n", b"\\r\\n", b"\r\n"])
def test_a_pem_in_one_line_is_read(written: bytes) -> None:
    """Environment files have no line breaks, so tools write them as backslash and n."""
    read = private_key(pem(P384).replace(b"\n", written))
    assert not isinstance(read, bytes)
    assert pem(read) == pem(P384)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("tail", [b"", b"=", b"\n"])
def test_a_seed_is_an_ed25519_key(encode: object, tail: bytes) -> None:
    """Google's form: 32 bytes in base64 of either alphabet, padded or not."""
    assert callable(encode)
    seed = b"\xfb\xff" * 16
    read = private_key(encode(seed).rstrip(b"=") + tail)
    assert isinstance(read, ed25519.Ed25519PrivateKey)
    assert read.private_bytes_raw() == seed


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"canary", "is not a PEM, a JWK"),
        (b"{canary", "is not a PEM, a JWK"),
        (b"{" * 60_000, "is not a PEM, a JWK"),
        (b"c" * 32, "is not a PEM, a JWK"),
        (b'{"canary": 1}', "is not a readable JWK"),
        (b'{"kty": ["canary"]}', "is not a readable JWK"),
        (
            b'{"kty": "RSA", "n": "canary", "e": "AQAB", "d": 1}',
            "is not a readable JWK",
        ),
        (b'{"kty": "oct", "k": "Y2FuYXJ5"}', "is not a private key of a supported"),
        (
            RSAAlgorithm.to_jwk(RSA.public_key()).encode(),
            "is not a private key of a supported",
        ),
    ],
    ids=range(9),
)
def test_other_texts_than_private_keys_are_refused(data: bytes, complaint: str) -> None:
    """The error shows none of the content."""
    with pytest.raises(StartError, match=complaint) as caught:
        private_key(data)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "encoding", "wanted"),
    [
        (b"SecurityKey\r\n", "raw", b"SecurityKey"),
        (b" key ", "raw", b" key "),
        (b"c2VjcmV0", "raw", b"c2VjcmV0"),
        (b"52A1 52a1\n", "hex", b"\x52\xa1\x52\xa1"),
        (b"-_8", "base64", b"\xfb\xff"),
        (b"+/8=\n", "base64", b"\xfb\xff"),
        (b'{"kty": "oct", "k": "-_8"}', "raw", b"\xfb\xff"),
        (base64.b64encode(b'{"kty": "oct", "k": "-_8"}'), "base64", b"\xfb\xff"),
    ],
)
def test_a_secret_is_read_from_its_encoding(
    written: bytes, encoding: str, wanted: bytes
) -> None:
    """A raw one is its bytes, even if they look like an encoding."""
    assert secret(written, encoding) == wanted


@pytest.mark.parametrize(
    ("written", "encoding", "complaint"),
    [
        (b"canary", "hex", "is not hex"),
        (b"\xff\xff", "hex", "is not hex"),
        (b"can-ary!", "base64", "is not base64"),
        (pem(P384), "raw", "is a PEM, not a secret"),
        (JWKS["EC"].encode(), "raw", "a key of another kind"),
        (b"ssh-ed25519 AAAAcanary", "raw", "a key of another kind"),
    ],
)
def test_other_texts_than_secrets_are_refused(
    written: bytes, encoding: str, complaint: str
) -> None:
    """The error shows none of the content."""
    with pytest.raises(StartError, match=complaint) as caught:
        secret(written, encoding)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.binary(min_size=1))
def test_any_secret_can_be_encoded(value: bytes) -> None:
    """Also one whose bytes begin like JSON."""
    assert secret(value.hex().encode(), "hex") == value
    assert secret(base64.b64encode(value), "base64") == value
    assert secret(base64.urlsafe_b64encode(value).rstrip(b"="), "base64") == value


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    """No other error is raised."""
    for read in (private_key, lambda each: secret(each, "base64")):
        with contextlib.suppress(StartError):
            assert read(data) is not None

"""Signing keys."""

import base64
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
)

from proxy.errors import StartError
from proxy.secret_file import SecretFile
from proxy.tokens.keys.algorithms import is_short, sign
from proxy.tokens.keys.key_files import load_key
from tests.tokens.files import pem, secret

RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
SECRET = b"canary-canary-canary-canary-canary"


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("RS256", RSA), ("ES256", P256), ("ES384", P384), ("EdDSA", ED25519)],
)
@pytest.mark.parametrize("layers", [0, 1])
def test_a_private_key_signs_what_its_public_key_verifies(
    algorithm: str, key: PrivateKeyTypes, layers: int
) -> None:
    """PKCS#8, plain or in base64."""
    data = pem(key)
    for _ in range(layers):
        data = base64.encodebytes(data)
    signature = sign(b"message", load_key(data, algorithm), algorithm)
    verifier = jwt.get_algorithm_by_name(algorithm)
    assert verifier.verify(b"message", key.public_key(), signature)


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", RSA), ("ES256", P256)])
def test_the_older_form_is_accepted_too(algorithm: str, key: PrivateKeyTypes) -> None:
    """PKCS#1 (Mux, Cloudflare) and SEC1, with blank lines around."""
    data = b"\n\n" + pem(key, PrivateFormat.TraditionalOpenSSL) + b"\n"
    assert sign(b"message", load_key(data, algorithm), algorithm)


def test_an_hmac_secret_is_its_bytes_without_the_line_end() -> None:
    """Editors and `echo` add one."""
    assert load_key(SECRET + b"\r\n", "HS256") == SECRET


@pytest.mark.parametrize(
    ("data", "algorithm", "complaint"),
    [
        (b"canary", "RS256", "is not a PEM, a JWK or base64 of one"),
        (b"", "RS256", "is not a PEM"),
        (base64.b64encode(base64.b64encode(pem(P256))), "ES256", "is not a PEM"),
        (
            b"-----BEGIN PRIVATE KEY-----\ncanary",
            "RS256",
            "is not a readable private key",
        ),
        (pem(P256), "RS256", "expected an RSA key of at least 2048 bits for RS256"),
        (pem(RSA), "ES256", "expected a key on the curve P-256 for ES256"),
        (pem(P384), "ES256", "expected a key on the curve P-256 for ES256"),
        (pem(P256), "EdDSA", "expected an Ed25519 key for EdDSA"),
        (pem(ED25519), "ES384", "expected a key on the curve P-384 for ES384"),
        (SECRET[:31], "HS256", "a secret of 32 bytes.*short_secret = true"),
        (pem(RSA), "HS256", "is a PEM"),
        (b"  " + pem(RSA), "HS256", "is a PEM"),
        (base64.b64encode(pem(RSA)), "HS256", "is a PEM"),
        (b'{"kty": "oct", "k": "canary-canary-canary"}', "HS256", "a secret of 32"),
        (b'{"kty": "RSA", "n": "canary"}', "HS256", "is not a readable JWK"),
        (b"ssh-rsa AAAAcanary", "HS256", "another kind"),
        (b"canary", "hmac-md5", "is not hex; expected a secret for hmac-md5"),
        (b"", "sha1", "expected a secret for sha1"),
        (
            pem(P256),
            "rsa-sha1",
            "expected an RSA key of at least 2048 bits for rsa-sha1",
        ),
        (pem(RSA), "ecdsa-sha256", "expected a key on the curve P-256 or P-384"),
        (pem(RSA), "ed25519", "expected an Ed25519 key for ed25519"),
        (SECRET, "none", "no such algorithm; expected one of RS256"),
    ],
    ids=range(22),
)
def test_an_unsuitable_key_is_refused(
    data: bytes, algorithm: str, complaint: str
) -> None:
    """The error is one line, without any of its content."""
    with pytest.raises(StartError, match=complaint) as caught:
        load_key(data, algorithm, "hex" if algorithm == "hmac-md5" else "raw")
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("size", "short"), [(24, True), (32, False)])
def test_a_short_secret_is_accepted_if_the_platform_has_no_longer_one(
    size: int, *, short: bool
) -> None:
    """An empty one is never accepted."""
    key = load_key(b"c" * size, "HS256", short_secret=True)
    assert key == b"c" * size
    assert is_short(key, "HS256") is short
    assert sign(b"message", key, "HS256")
    with pytest.raises(StartError, match="expected a secret for HS256"):
        load_key(b"", "HS256", short_secret=True)


@pytest.mark.parametrize("algorithm", ["RS256", "rsa-sha1", "rsa-sha256"])
def test_a_short_rsa_key_is_refused(algorithm: str) -> None:
    """RFC 7518 and CloudFront require 2048 bits."""
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is the point
    with pytest.raises(StartError, match="at least 2048 bits"):
        load_key(pem(short), algorithm)


def test_an_encrypted_key_is_refused() -> None:
    """Nobody could enter its password."""
    locked = P256.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"canary")
    )
    with pytest.raises(StartError, match="is encrypted"):
        load_key(locked, "ES256")


def test_a_public_key_is_refused() -> None:
    """It cannot sign."""
    public = RSA.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(StartError, match="is not a readable private key"):
        load_key(public, "RS256")


def test_a_file_is_named_and_its_mode_is_checked(tmp_path: Path) -> None:
    """By its path; the check of its mode can be disabled."""
    path = secret(tmp_path / "lobby.pem", pem(P256), mode=0o644)
    with pytest.raises(StartError, match=r"lobby\.pem is open to others"):
        load_key(path, "ES256")
    assert load_key(SecretFile(path, shared=True), "ES256")
    with pytest.raises(StartError, match=r"lobby\.pem is a key on the curve"):
        load_key(SecretFile(path, shared=True), "RS256")

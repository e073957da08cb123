"""What each algorithm computes."""

import hashlib
import hmac
from typing import get_args

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from proxy.settings.sources import sign_hash, sign_jwt
from proxy.tokens.keys.algorithms import ALGORITHMS, PLAIN_HASHES, sign

MESSAGE = b"a message \xff"
RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303 - CloudFront's


@pytest.mark.parametrize("name", PLAIN_HASHES)
def test_a_hash_covers_only_the_message(name: str) -> None:
    """The secret must be part of the message; an HMAC has it as its key."""
    assert sign(MESSAGE, b"secret", name) == hashlib.new(name, MESSAGE).digest()
    wanted = hmac.digest(b"secret", MESSAGE, name)
    assert sign(MESSAGE, b"secret", f"hmac-{name}") == wanted


@pytest.mark.parametrize("name", HASHES)
def test_signatures_verify_as_in_cloudfront(name: str) -> None:
    """PKCS#1 v1.5 and DER; verifying raises if they are wrong."""
    RSA.public_key().verify(
        sign(MESSAGE, RSA, f"rsa-{name}"), MESSAGE, padding.PKCS1v15(), HASHES[name]
    )
    P256.public_key().verify(
        sign(MESSAGE, P256, f"ecdsa-{name}"), MESSAGE, ec.ECDSA(HASHES[name])
    )


def test_ed25519_signs_the_message_itself() -> None:
    """Without a hash, in a JWT and elsewhere."""
    ED25519.public_key().verify(sign(MESSAGE, ED25519, "ed25519"), MESSAGE)
    assert sign(MESSAGE, ED25519, "ed25519") == sign(MESSAGE, ED25519, "EdDSA")


def test_the_ecdsa_signature_of_a_jwt_is_two_numbers() -> None:
    """RFC 7518, section 3.4; of 32 bytes each."""
    signature = sign(MESSAGE, P256, "ES256")
    assert len(signature) == 64
    verifier = jwt.get_algorithm_by_name("ES256")
    assert verifier.verify(MESSAGE, P256.public_key(), signature)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("hmac-sha1", RSA), ("rsa-sha1", b"secret"), ("ecdsa-sha1", RSA)],
)
def test_a_key_of_another_kind_signs_nothing(
    algorithm: str, key: rsa.RSAPrivateKey | bytes
) -> None:
    """That would be a bug, because keys are checked when they are read."""
    with pytest.raises(TypeError, match=f"no key for {algorithm}"):
        sign(MESSAGE, key, algorithm)


def test_the_settings_offer_these_algorithms() -> None:
    """All of them, each for its source."""
    jwts, others = get_args(sign_jwt.JwtAlgorithm), get_args(sign_hash.HashAlgorithm)
    assert sorted((*jwts, *others)) == sorted(ALGORITHMS)
    plain = set(PLAIN_HASHES)
    assert {name for name in others if "-" not in name} - {"ed25519"} == plain

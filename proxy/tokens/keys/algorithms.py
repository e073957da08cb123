"""Algorithms of tokens: which kind of key each needs, and how it signs.

The algorithms of JWTs have the names of RFC 7518 and RFC 8037. The others are what
platforms use for hashes and policies: a plain hash (the secret is part of the message),
an HMAC, or a signature. An ECDSA signature of a JWT is two numbers; others are DER.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

KeyMaterial: TypeAlias = (
    RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey | bytes
)

LEAST_RSA_BITS = 2048
"""RFC 7518, section 3.3; CloudFront accepts no shorter key either."""

LEAST_HMAC_BYTES = 32
"""RFC 7518, section 3.2, for HS256: as long as the hash. Some platforms issue shorter
secrets (JW Player: 24 characters), which then have to be accepted."""


@dataclass(frozen=True, slots=True)
class KeyType:
    """A kind of key."""

    words: str
    fits: Callable[[KeyMaterial], bool]
    secret: bool = False
    """Whether it is a secret of plain bytes that both sides know."""


def _curve(*names: str) -> Callable[[KeyMaterial], bool]:
    return lambda key: (
        isinstance(key, EllipticCurvePrivateKey) and key.curve.name in names
    )


_RSA = KeyType(
    f"an RSA key of at least {LEAST_RSA_BITS} bits",
    lambda key: isinstance(key, RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS,
)
_P256 = KeyType("a key on the curve P-256", _curve("secp256r1"))
_P384 = KeyType("a key on the curve P-384", _curve("secp384r1"))
_CURVES = KeyType("a key on the curve P-256 or P-384", _curve("secp256r1", "secp384r1"))
_ED25519 = KeyType("an Ed25519 key", lambda key: isinstance(key, Ed25519PrivateKey))
_JWT_SECRET = KeyType(
    f"a secret of {LEAST_HMAC_BYTES} bytes",
    lambda key: isinstance(key, bytes) and len(key) >= LEAST_HMAC_BYTES,
    secret=True,
)
_SECRET = KeyType(
    "a secret", lambda key: isinstance(key, bytes) and key != b"", secret=True
)

_JWT: Mapping[str, KeyType] = {
    "RS256": _RSA,
    "ES256": _P256,
    "ES384": _P384,
    "EdDSA": _ED25519,
    "HS256": _JWT_SECRET,
}
PLAIN_HASHES = ("md5", "sha1", "sha256", "sha384", "sha512")
"""The algorithms without a key: the secret is part of the message."""
_SIGNED: Mapping[str, HashAlgorithm] = {"sha1": SHA1(), "sha256": SHA256()}  # noqa: S303 - CloudFront's default

ALGORITHMS: Mapping[str, KeyType] = {
    **_JWT,
    **dict.fromkeys(PLAIN_HASHES, _SECRET),
    **{f"hmac-{name}": _SECRET for name in PLAIN_HASHES},
    **{f"rsa-{name}": _RSA for name in _SIGNED},
    **{f"ecdsa-{name}": _CURVES for name in _SIGNED},
    "ed25519": _ED25519,
}
"""All algorithms, and the kind of key that each needs."""


def kind_of(algorithm: str, *, short_secret: bool = False) -> KeyType:
    """Return the kind of key that an algorithm needs.

    With `short_secret` a secret may have fewer bytes than RFC 7518 requires.
    """
    kind = ALGORITHMS[algorithm]
    return _SECRET if short_secret and kind.secret else kind


def is_short(key: KeyMaterial, algorithm: str) -> bool:
    """Return whether a key has fewer bytes than its algorithm requires."""
    return not ALGORITHMS[algorithm].fits(key)


def described(key: KeyMaterial) -> str:
    """Return a key's kind and size in words, for errors."""
    match key:
        case bytes():
            return f"a secret of {len(key)} bytes" if key else "empty"
        case RSAPrivateKey():
            return f"an RSA key of {key.key_size} bits"
        case EllipticCurvePrivateKey():
            return f"a key on the curve {key.curve.name}"
        case Ed25519PrivateKey():
            return "an Ed25519 key"


def sign(message: bytes, key: KeyMaterial, algorithm: str) -> bytes:
    """Return the signature of the message; the key must be of the right kind."""
    if algorithm in _JWT:
        return jwt.get_algorithm_by_name(algorithm).sign(message, key)
    family, _, name = algorithm.rpartition("-")
    match family, key:
        case "", bytes():
            # The platforms require MD5 and SHA-1; they are not chosen for security
            # here.
            return hashlib.new(name, message, usedforsecurity=False).digest()
        case "", Ed25519PrivateKey():
            return key.sign(message)
        case "hmac", bytes():
            return hmac.digest(key, message, name)
        case "rsa", RSAPrivateKey():
            return key.sign(message, PKCS1v15(), _SIGNED[name])
        case "ecdsa", EllipticCurvePrivateKey():
            return key.sign(message, ECDSA(_SIGNED[name]))
    raise TypeError(f"no key for {algorithm}")

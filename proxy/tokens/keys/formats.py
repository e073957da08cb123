"""The formats of keys, and reading them.

The caller decides which kind of key is expected. The format provides only the key
itself: `alg` and `kid` of a JWK are ignored. Errors are `StartError`. They contain
nothing of the content, and the caller adds the name of the key.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from functools import lru_cache

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, HMACAlgorithm, OKPAlgorithm, RSAAlgorithm

from proxy.errors import StartError
from proxy.tokens.keys.algorithms import KeyMaterial

SEED_BYTES = 32
"""The size of an Ed25519 key as Google issues it: only the seed (RFC 8032, section
5.1.5)."""

_PEM = b"-----BEGIN"
_STANDARD = bytes.maketrans(b"-_", b"+/")
_JWK: Mapping[str, Callable[[dict[str, str]], object]] = {
    "EC": ECAlgorithm.from_jwk,
    "OKP": OKPAlgorithm.from_jwk,
    "RSA": RSAAlgorithm.from_jwk,
    "oct": HMACAlgorithm.from_jwk,
}


# Reading and checking an RSA key takes 60 ms; many streams may sign with the same key.
@lru_cache(maxsize=64)
def private_key(data: bytes) -> KeyMaterial:
    r"""Return a private key from a PEM, a JWK, base64 of either, or an Ed25519 seed.

    A PEM is PKCS#1, SEC1 or PKCS#8; its line breaks may be written as `\n`. A seed is
    base64 of 32 bytes.
    """
    form = _unwrapped(data)
    if _PEM in form:
        return _private(_from_pem(form))
    if (found := _jwk(form)) is not None:
        return _private(found)
    if len(form) == SEED_BYTES and form != data:
        return Ed25519PrivateKey.from_private_bytes(form)
    raise StartError("is not a PEM, a JWK or base64 of one")


def secret(data: bytes, encoding: str) -> bytes:
    """Return a secret that is written as `raw`, `hex` or `base64` (either alphabet).

    A line end that an editor added is removed. A JWK is read as a JWK.
    """
    text = data.strip(b"\r\n")
    form = _unwrapped(text)
    if _PEM in form:
        raise StartError("is a PEM, not a secret")
    if (found := _jwk(form)) is not None:
        if isinstance(found, bytes):
            return found
        raise StartError("is a key of another kind, not a secret")
    match encoding:
        case "hex":
            try:
                return bytes.fromhex(text.decode("ascii"))
            except ValueError:
                raise StartError("is not hex") from None
        case "base64":
            decoded = _decoded(text)
            if decoded is None:
                raise StartError("is not base64")
            return decoded
    return _raw(text)


def _raw(text: bytes) -> bytes:
    """Return the text, unless it is a key although a secret is expected."""
    try:
        return HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(text)
    except jwt.InvalidKeyError:
        raise StartError("is a key of another kind, not a secret") from None


def _private(key: object) -> KeyMaterial:
    if isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey):
        return key
    raise StartError("is not a private key of a supported kind")


def _from_pem(pem: bytes) -> object:
    # Variables in environment files have no line breaks; many tools write them as `\n`.
    pem = pem.replace(b"\\r", b"").replace(b"\\n", b"\n")
    try:
        return load_pem_private_key(pem.strip(), password=None)
    except TypeError as exc:
        raise StartError(
            "is encrypted with a password, which is not supported"
        ) from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise StartError("is not a readable private key") from exc


def _jwk(text: bytes) -> object:
    """Return the key of a JWK; None if the text is not JSON."""
    if not text.lstrip().startswith(b"{"):
        return None
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return None
    try:
        return _JWK[members["kty"]](members)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, UnsupportedAlgorithm):
        # Not `from exc`: that error may contain a part of the key.
        raise StartError("is not a readable JWK") from None


def _unwrapped(data: bytes) -> bytes:
    """Remove one layer of base64 if it contains a known format."""
    if _PEM in data or data.lstrip().startswith(b"{"):
        return data
    inner = _decoded(data)
    known = inner is not None and (
        _PEM in inner or inner.startswith(b"{") or len(inner) == SEED_BYTES
    )
    return inner if inner is not None and known else data


def _decoded(data: bytes) -> bytes | None:
    """Decode base64 of either alphabet, with or without padding and line breaks."""
    text = b"".join(data.split()).translate(_STANDARD).rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None

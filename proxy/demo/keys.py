"""Makes a temporary key pair for the demo, and tokens signed with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_ID = "demo-key"
ALGORITHM = "RS256"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An RSA key pair, both keys as PEM."""

    private_pem: str = field(repr=False)
    public_pem: str


def generate() -> KeyPair:
    """Make a new key pair; this takes about a tenth of a second."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private_pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(private_pem.decode(), public_pem.decode())


def fastpix_claims(playback_id: str) -> Mapping[str, str]:
    """Return the claims that open an id at a FastPix-like origin."""
    return {"kid": KEY_ID, "iss": "fastpix.com", "aud": f"media:{playback_id}"}


def subject_claims(subject: str) -> Mapping[str, str]:
    """Return the claims that open an id at a Cloudflare-like or bearer origin."""
    return {"kid": KEY_ID, "sub": subject}


def sign(pair: KeyPair, claims: Mapping[str, str], *, expires_at: float) -> str:
    """Return a token with these claims."""
    payload = {**claims, "exp": int(expires_at)}
    return jwt.encode(payload, pair.private_pem, ALGORITHM, {"kid": KEY_ID})

"""A row: a profile, its platform, and what is special about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.providers.emulation.platform import Platform
from tests.providers.emulation.service import TokenService
from tests.providers.emulation.stage import Cast

VECTORS = Path(__file__).parents[1] / "vectors"
PUBLIC_KEY = (VECTORS / "test_rsa_pub.pem").read_text()
PRIVATE_KEY = (VECTORS / "test_rsa_pkcs8.pem").read_text()
PKCS1 = (VECTORS / "test_rsa_pkcs1.pem.b64").read_text()
PKCS8 = (VECTORS / "test_rsa_pkcs8.pem.b64").read_text()

LIFETIME = 60.0
"""The lifetime of a token in these tests, in seconds."""
FOREVER = float("inf")
CHILD_SECONDS = 25.0
"""The lifetime of URLs that the platform signs, in seconds.

Much shorter than in reality, so that children are resolved again all the time.
"""

SHORT = {"token__lifetime": f"{LIFETIME:.0f}"}

Table = Mapping[str, Any]


def path_of(table: Table) -> str:
    """Return the path of a stream's entry."""
    url = str(table["url"]).replace("{playback_id}", table.get("playback_id", ""))
    return urlsplit(url).path


@dataclass(frozen=True, slots=True)
class EcPair:
    """A key pair on an elliptic curve, both halves in PEM."""

    private: str = field(repr=False)
    public: str


def ec_pair(curve: ec.EllipticCurve) -> EcPair:
    """Make a key pair."""
    key = ec.generate_private_key(curve)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return EcPair(private.decode(), public.decode())


@dataclass(frozen=True, slots=True)
class Emulated:
    """The emulation that a stream plays from; it has state: each test has its own."""

    platform: Platform
    services: tuple[TokenService, ...] = ()


Tend = Callable[[Emulated, Path, float], None]
"""(emulation, the configuration's folder, now): what others do meanwhile."""


def unattended(emulated: Emulated, folder: Path, now: float) -> None:
    """Do nothing: the stream needs no other program."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stream of a profile, and the platform as documented."""

    cast: Cast
    emulate: Callable[[Table], Emulated]
    """Builds the platform for the stream's settings, with its provider's defaults."""
    member: str = ""
    """The id of the family's member that plays."""
    renewed: bool = True
    """Whether the stream's credential changes at least once per lifetime."""
    tend: Tend = unattended
    """Called before everything else, and after each segment."""

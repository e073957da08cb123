"""A row: a profile, the platform that it is for, and what is special about it."""

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
"""Seconds that a token lives in these tests."""
FOREVER = float("inf")
CHILD_SECONDS = 25.0
"""How long a URL is good that the platform signs: far shorter than there, so that
children have to be found anew all the time."""

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
    """What a stream plays from; made anew for each test, for it remembers."""

    platform: Platform
    services: tuple[TokenService, ...] = ()


Tend = Callable[[Emulated, Path, float], None]
"""(what is emulated, the configuration's folder, now): what others do meanwhile."""


def unattended(emulated: Emulated, folder: Path, now: float) -> None:
    """Do nothing: the stream needs nobody else."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stream of a profile, and the platform as it is said to be."""

    cast: Cast
    emulate: Callable[[Table], Emulated]
    """Makes the platform for the stream's table, its provider's defaults under it."""
    member: str = ""
    """The id that is played of a family."""
    renewed: bool = True
    """Whether the stream's credential is a new one at least in every lifetime."""
    tend: Tend = unattended
    """Done before everything else, and after each segment."""

"""Tokens as the platforms make them, byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from proxy.secret_file import SecretFile
from proxy.tokens.keys import load_key
from proxy.tokens.sign_jwt import SignJwt
from proxy.tokens.signing_key import SigningKey
from tests.fake_clock import FakeClock
from tests.tokens.scripted import seeded

FOLDER = Path(__file__).parent / "vectors"
NOW = 1_700_000_000
JWT_PROVIDERS = ("fastpix", "mux", "cloudflare-stream")
VECTORS = json.loads((FOLDER / "vectors.json").read_text())
JWTS = [
    vector
    for vector in VECTORS
    if vector["provider"] in JWT_PROVIDERS and vector["kind"] == "jwt"
]
HOLES = {"kid": "{key_id}", "iat": "{issued}", "exp": "{expires}"}


def template(part: dict[str, Any]) -> dict[str, Any]:
    """Put the holes back into a header or the claims."""
    return {name: HOLES.get(name, value) for name, value in part.items()}


def test_there_is_one_vector_for_each_provider() -> None:
    """None is skipped because it is called otherwise."""
    assert len(JWTS) == len(JWT_PROVIDERS)


@pytest.mark.parametrize("vector", JWTS, ids=lambda vector: vector["provider"])
@pytest.mark.parametrize("form", ["pkcs8.pem", "pkcs1.pem", "pkcs8.pem.b64"])
async def test_a_jwt_is_signed_as_its_platform_wants_it(
    vector: dict[str, Any], form: str
) -> None:
    """With the key in each of the forms in which it is handed out."""
    headers = {k: v for k, v in vector["header"].items() if k != "alg"}
    algorithm = vector["header"]["alg"]
    key_file = SecretFile(FOLDER / f"test_rsa_{form}", shared=True)
    source = SignJwt(
        claims=template(vector["claims"]),
        headers=template(headers),
        lifetime=vector["claims"]["exp"] - NOW,
        key=SigningKey(
            algorithm=algorithm,
            key=load_key(key_file, algorithm),
            key_id=vector["claims"]["kid"],
        ),
        clock=FakeClock(NOW),
        rng=seeded(),
        backdate_seconds=0.0,
    )
    assert (await source.fetch()).fields["token"] == vector["token"]

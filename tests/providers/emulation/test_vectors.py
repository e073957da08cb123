"""The checks accept what the platforms' own libraries make, and nothing similar."""

import base64
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.providers.emulation import formulas
from tests.providers.emulation.asks import Ask, Reason, RefusedError, pairs
from tests.providers.emulation.checks import Check, Hashed
from tests.providers.emulation.policies import (
    CloudFront,
    EdgeAuth,
    GoogleKey,
    GoogleSigned,
    MediaCdnToken,
)

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS = json.loads((FOLDER / "vectors.json").read_text())
PUBLIC_KEY = (FOLDER / "test_rsa_pub.pem").read_text()

Case = tuple[Check, Mapping[str, str], str]
"""A check, the credential, and the requested URL."""


def public(seed: str) -> bytes:
    """Return the public key of a seed in base64url."""
    raw = base64.urlsafe_b64decode(seed)
    return Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()


def google_key(vector: dict[str, Any], digest: str = "sha256") -> GoogleKey:
    """Return the key of a vector."""
    if "seed_b64" in vector:
        return GoogleKey(public=public(vector["seed_b64"]))
    return GoogleKey(base64.urlsafe_b64decode(vector["key_b64"]), digest)


def bunny(vector: dict[str, Any]) -> Case:
    """Without an address: its libraries disagree about it."""
    signed = vector.get("input")
    if signed is None:
        path, _, data = (
            vector["hashed_string"].removeprefix("SecurityKey").partition("1598024587")
        )
    else:
        path, data = signed["path"], signed["params"]
    make = formulas.bunny_hmac if signed else formulas.bunny_sha256
    shown = {**dict(pairs(data)), "token": vector["token"], "expires": "1598024587"}
    return Hashed(partial(make, "SecurityKey")), shown, f"http://h{path}"


def cloudfront(vector: dict[str, Any]) -> Case:
    """Canned and custom, both hashes."""
    shown = {"Signature": vector["signature"], "Key-Pair-Id": "K1"}
    if vector["kind"] == "canned-policy":
        shown["Expires"] = "1700003600"
    else:
        shown |= {"Policy": vector["policy_b64"], "Hash-Algorithm": vector["hash"]}
    url = "https://d111111abcdef8.cloudfront.net/live/master.m3u8?x=1"
    return CloudFront(PUBLIC_KEY, "K1"), shown, url


def google(vector: dict[str, Any]) -> Case:
    """URL, prefix and cookie, by HMAC and by Ed25519."""
    key, kind = google_key(vector, "sha1"), vector["kind"]
    text, signature = vector["signed_string"], vector["signature"]
    if kind.startswith("cookie"):
        shown = {"C": f"{text}:Signature={signature}"}
        return GoogleSigned(key, "my-key", "C"), shown, "http://www.example.com/foo/a"
    url, _, signed = text.partition("&Expires")
    query = f"Expires{signed}&Signature={signature}"
    if kind == "prefix":
        url, query = "http://www.example.com/some/a", f"{text}&Signature={signature}"
    return GoogleSigned(key, "my-key"), dict(pairs(query)), url


def media(vector: dict[str, Any]) -> Case:
    """Tokens by HMAC and by Ed25519."""
    shown = {"edge-cache-token": vector["token"]}
    return MediaCdnToken(google_key(vector)), shown, "http://h/example.m3u8"


def akamai(vector: dict[str, Any]) -> Case:
    """ACL and URL."""
    check = EdgeAuth("52a152a152a152a152a152a152a152a1")
    signed = vector["hashed_string"]
    inside = {"acl=/live/*": "/live/a", "/b/*": "/b/a", "url=": "/hls/master.m3u8"}
    path = next((path for text, path in inside.items() if text in signed), "/x")
    return check, {"hdnts": vector["token"]}, f"http://h{path}"


def hashed(vector: dict[str, Any]) -> Case:
    """Fastly and Gumlet."""
    key = base64.b64decode(vector["key_b64"])
    if vector["provider"] == "fastly":
        check = Hashed(partial(formulas.fastly, key), parts=formulas.fastly_parts)
        return check, {"token": vector["token"]}, "http://h/foo/bar.html"
    path = vector["hashed_string"].removesuffix("1700000000")
    shown = {"token": vector["token"], "expires": "1700000000"}
    return Hashed(partial(formulas.gumlet, key, path)), shown, f"http://h{path}"


def cases() -> list[Any]:
    """Return the cases, with names."""
    found = []
    for number, vector in enumerate(VECTORS):
        match vector:
            case {"provider": "bunny"} if "ip" not in json.dumps(vector):
                made = bunny(vector)
            case {"provider": "cloudfront", "signature": _}:
                made = cloudfront(vector)
            case {"provider": "google-media-cdn", "token": _, **rest} if (
                "name" not in rest
            ):
                made = media(vector)
            case {
                "kind": "url" | "prefix" | "cookie" | "url-ed25519" | "cookie-ed25519"
            }:
                made = google(vector)
            case {"provider": "akamai"} if not (
                "%2f" in vector["hashed_string"] or "ip=" in vector["token"]
            ):
                made = akamai(vector)
            case {"provider": "fastly" | "gumlet"}:
                made = hashed(vector)
            case _:
                continue
        name = f"{number}-{vector['provider']}-{vector['kind']}"
        found.append(pytest.param(*made, id=name))
    return found


def ask(url: str) -> Ask:
    """Return the request for a URL."""
    parts = urlsplit(url)
    headers = {"host": parts.netloc}
    return Ask(
        "home", parts.path, query=parts.query, headers=headers, scheme=parts.scheme
    )


@pytest.mark.parametrize(("check", "shown", "url"), cases())
def test_a_check_accepts_what_the_platform_makes(
    check: Check, shown: Mapping[str, str], url: str
) -> None:
    """And refuses it with one more character anywhere."""
    now = 1_500_000_000.0 if "1549" in str(shown) else 1_700_000_000.0
    assert check.ends(shown, ask(url), now) > 1_200_000_000
    for name in shown:
        if name == "Hash-Algorithm":
            continue
        with pytest.raises(RefusedError, match=Reason.BAD):
            check.ends({**shown, name: f"{shown[name]}0"}, ask(url), now)


def test_all_vectors_are_among_the_cases() -> None:
    """None is skipped because of another name."""
    assert len(cases()) == 29

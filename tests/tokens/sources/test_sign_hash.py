"""The source `sign-hash`: platforms as configurations, verified independently.

Each platform's own vectors are in tests/providers. Here the whole token is computed
again from the platform's formula.
"""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from proxy.core.tokens.templates.message import message
from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.settings.values.placeholders import AT_HASHING
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.sources.sign_hash import HashSigner, Recipe
from tests.fake_clock import FakeClock
from tests.tokens.files import mount, pem, swap
from tests.tokens.platforms.cases import CASES
from tests.tokens.platforms.formulas import END, SEGMENT, keyed, mac, unpadded
from tests.tokens.scripted import seeded
from tests.tokens.signed import EXPIRES, URL, signer

RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
SEED = b"seed" * 8
SHA = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303 - CloudFront's


@pytest.mark.parametrize("platform", CASES)
def test_each_platform_can_be_configured(platform: str) -> None:
    """The token of a segment is what the platform computes for its URL."""
    config, wanted = CASES[platform]
    token = signer(config).sign(SEGMENT)
    assert dict(token.fields) == wanted
    assert token.expires_at == EXPIRES


def cloudfront_base64(text: str) -> bytes:
    """Decode as CloudFront does."""
    return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")), validate=True)


def rsa_verify(signature: bytes, policy: bytes, name: str) -> None:
    """Verify as CloudFront does with an RSA key."""
    RSA.public_key().verify(signature, policy, padding.PKCS1v15(), SHA[name])


def ecdsa_verify(signature: bytes, policy: bytes, name: str) -> None:
    """Verify as CloudFront does with an ECDSA key."""
    P256.public_key().verify(signature, policy, ec.ECDSA(SHA[name]))


KEYS: Mapping[str, tuple[bytes, Callable[[bytes, bytes, str], None]]] = {
    "rsa": (pem(RSA), rsa_verify),
    "ecdsa": (pem(P256), ecdsa_verify),
}


@pytest.mark.parametrize("name", SHA)
@pytest.mark.parametrize("family", KEYS)
@pytest.mark.parametrize("resource", ["{url}", "{origin}{entry_directory}*"])
def test_cloudfront_verifies_a_policy(name: str, family: str, resource: str) -> None:
    """Canned for one URL, custom for all below it; for query and cookies."""
    key, verify = KEYS[family]
    token = signer(
        {
            "algorithm": f"{family}-{name}",
            "key": key.decode(),
            "key_id": "K2",
            "message": "{policy}",
            "output": "base64-cloudfront",
            "texts": {
                "resource": resource,
                "policy": '{"Statement":[{"Resource":"{resource}","Condition":'
                '{"DateLessThan":{"AWS:EpochTime":{expires}}}}]}',
            },
            "fields": {
                "expires": "{expires}",
                "policy": "{policy:base64-cloudfront}",
                "signature": "{signature}",
                "key_pair_id": "{key_id}",
            },
        }
    ).sign(SEGMENT)
    policy = cloudfront_base64(token.fields["policy"])
    verify(cloudfront_base64(token.fields["signature"]), policy, name)
    (statement,) = json.loads(policy)["Statement"]
    wanted = SEGMENT if resource == "{url}" else "https://media.example.com/live/*"
    assert statement == {
        "Resource": wanted,
        "Condition": {"DateLessThan": {"AWS:EpochTime": int(EXPIRES)}},
    }
    assert b" " not in policy
    assert token.fields["expires"] == END
    assert token.fields["key_pair_id"] == "K2"


@pytest.mark.parametrize(
    ("shown", "form"),
    [
        ("PathGlobs=/live/*~Expires={expires}", "{shown}~Signature={signature}"),
        (
            "{origin}/live/edge-cache-token=Expires={expires}&KeyName={key_id}",
            "{shown}&Signature={signature}",
        ),
    ],
)
def test_media_cdn_verifies_ed25519(shown: str, form: str) -> None:
    """As a token, and as part of the path."""
    token = signer(
        {
            "algorithm": "ed25519",
            "key": unpadded(SEED),
            "key_id": "k1",
            "message": "{shown}",
            "output": "base64url-unpadded",
            "texts": {"shown": shown},
            "fields": {"token": form},
        }
    ).sign(SEGMENT)
    text, _, signature = token.fields["token"].rpartition("Signature=")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    public = ed25519.Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    public.verify(raw, text[:-1].encode())
    assert END in text


async def test_the_token_of_a_stream_is_that_of_its_entry() -> None:
    """The token from `fetch` serves everything that needs no token of its own."""
    source = signer(keyed("hmac-sha1", "{url}|{entry_directory}"))
    assert await source.fetch() == source.sign(URL)
    assert source.sign(SEGMENT) != source.sign(URL)


def test_every_name_of_the_settings_is_filled() -> None:
    """A name that they accept never fails when signing."""
    held = "".join(f"{{{name}}}" for name in sorted(AT_HASHING))
    config = keyed("hmac-sha1", held, key_id="k1", fields={"all": held})
    token = signer(config).sign(URL)
    for name in AT_HASHING:
        assert f"{{{name}}}" not in token.fields["all"]


def test_a_random_value_is_the_same_within_a_token_only() -> None:
    """A salt is sent as it was hashed."""
    fields = {"salt": "{random}", "sig": "{signature}"}
    source = signer(keyed("hmac-sha1", "{random}", fields=fields))
    first, second = source.sign(URL).fields, source.sign(URL).fields
    assert first["sig"] == mac(first["salt"], "sha1").hex()
    assert first["salt"] != second["salt"]


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (
            keyed("hmac-sha1", "{host:ip}"),
            "the message: the filter ip has something else",
        ),
        (
            keyed("hmac-sha1", "", texts={"a": "{host:ip}"}),
            "a: the filter ip has something else",
        ),
        (
            keyed("hmac-sha1", "", texts={"a": "192.0.2.7"}, fields={"t": "{a:ip}"}),
            "t is more than a line of ASCII",
        ),
    ],
)
def test_a_configuration_without_a_token_does_not_start(
    config: dict[str, Any], complaint: str
) -> None:
    """Otherwise each request would fail. No value is shown."""
    with pytest.raises(StartError, match=complaint) as caught:
        signer(config, host="canary.example.com")
    assert "canary" not in str(caught.value)


@pytest.fixture
def rotated(tmp_path: Path) -> tuple[HashSigner, Path]:
    """Return a source whose key and id are mounted files."""
    folder = mount(tmp_path, {"key": b"01\n", "kid": b"old\n"})
    source = HashSigner(
        Recipe(
            message=message("{path}"),
            fields={"sig": message("{signature}"), "kid": message("{key_id}")},
        ),
        entry=URL,
        lifetime=300.0,
        key=SigningKey(
            algorithm="hmac-sha256",
            encoding="hex",
            key=SecretFile(folder / "key"),
            key_id=SecretFile(folder / "kid"),
        ),
        clock=FakeClock(0),
        rng=seeded(),
    )
    return source, tmp_path


def signed_with(source: HashSigner, key: bytes) -> str | None:
    """Return the id of the key, if it is the one that signs."""
    fields = source.sign(URL).fields
    right = fields["sig"] == mac("/live/master.m3u8", key=key).hex()
    return fields["kid"] if right else None


def test_r11_a_new_key_signs_the_next_url(rotated: tuple[HashSigner, Path]) -> None:
    """Together with its id."""
    source, root = rotated
    before = source.fingerprint()
    assert signed_with(source, b"\x01") == "old"
    swap(root, {"key": b"02", "kid": b"new"})
    assert source.fingerprint() != before
    assert signed_with(source, b"\x02") == "new"


def test_r11_an_invalid_new_key_is_reported_once(
    rotated: tuple[HashSigner, Path],
) -> None:
    """The last valid one stays."""
    source, root = rotated
    swap(root, {"key": b"canary", "kid": b"new"})
    with pytest.raises(SourceError, match="not hex") as caught:
        source.sign(URL)
    assert "canary" not in str(caught.value)
    assert signed_with(source, b"\x01") == "old"


def test_the_filters_of_akamai_and_python_agree() -> None:
    """For a path with all escaped characters."""
    path = "/a%20b/~c+d/é"
    url = f"https://media.example.com{quote(path, safe='/%+~')}"
    token = signer(
        keyed("hmac-sha1", "", fields={"p": "{path:quote-plus}", "q": "{path:quote}"})
    ).sign(url)
    wire = url.removeprefix("https://media.example.com")
    assert token.fields == {"p": quote_plus(wire), "q": quote(wire, safe="")}

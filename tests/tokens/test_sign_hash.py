"""The source `sign-hash`: platforms as configurations, verified independently.

Each platform's own vectors stand in tests/providers; here the whole token is made anew
from the platform's formula.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from proxy.core.message import message
from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.settings.filling import AT_HASHING
from proxy.tokens.sign_hash import Recipe, SignHash
from proxy.tokens.signing_key import SigningKey
from tests.fake_clock import FakeClock
from tests.tokens.files import mount, pem, swap
from tests.tokens.scripted import seeded
from tests.tokens.signed import EXPIRES, ISSUED, URL, signer

RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
SEED = b"seed" * 8
KEY = b"\x01\x02key"
SEGMENT = "https://media.example.com/live/720p/seg%201.ts?b=2&a=1"
END = f"{EXPIRES:.0f}"
SHA = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303 - CloudFront's


def unpadded(raw: bytes) -> str:
    """Encode as most of them do."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def padded(raw: bytes) -> str:
    """Encode as Google Cloud does."""
    return base64.urlsafe_b64encode(raw).decode()


def mac(text: str, algorithm: str = "sha256", key: bytes = KEY) -> bytes:
    """Return an HMAC."""
    return hmac.new(key, text.encode(), algorithm).digest()


def digest(text: str, algorithm: str = "md5") -> bytes:
    """Return a hash."""
    return hashlib.new(algorithm, text.encode()).digest()


def keyed(algorithm: str, text: str, **keys: object) -> dict[str, Any]:
    """Return the settings of an HMAC with `KEY`."""
    key = {"key": KEY.hex(), "key_encoding": "hex"}
    return {"algorithm": algorithm, "message": text, **key, **keys}


def plain(algorithm: str, text: str, **keys: object) -> dict[str, Any]:
    """Return the settings of a hash with the secret `pass` in its message."""
    return {"algorithm": algorithm, "message": text, "key": "pass", **keys}


BUNNY_PARAMS = "token_countries=DE&token_path=/live/"
BUNNY = keyed(
    "hmac-sha256",
    "{token_path}{expires}{ip:ip}{params:sort}",
    output="base64url-unpadded",
    texts={
        "token_path": "{entry_directory}",
        "countries": "DE",
        "ip": "192.0.2.7",
        "params": "token_path={token_path}&token_countries={countries}",
    },
)
BUNNY_TOKEN = "HS256-1-" + unpadded(
    hmac.digest(
        KEY,
        f"/live/{END}".encode() + bytes([192, 0, 2, 7]) + BUNNY_PARAMS.encode(),
        "sha256",
    )
)
GOOGLE = f"Expires={END}&KeyName=my-key"
PREFIX = f"URLPrefix={padded(b'https://media.example.com/live/')}"
FOLDER = "{origin}{entry_directory}"
AKAMAI = f"st={ISSUED}~exp={END}"

CASES: Mapping[str, tuple[dict[str, Any], Mapping[str, str]]] = {
    "bunny query": (
        {
            **BUNNY,
            "fields": {
                "token": "HS256-1-{signature}",
                "token_path": "{token_path}",
                "expires": "{expires}",
            },
        },
        {"token": BUNNY_TOKEN, "token_path": "/live/", "expires": END},
    ),
    "bunny path": (
        {
            **BUNNY,
            "fields": {
                "prefix": "bcdn_token=HS256-1-{signature}&token_countries="
                "{countries}&token_path={token_path:quote}&expires={expires}"
            },
        },
        {
            "prefix": f"bcdn_token={BUNNY_TOKEN}&token_countries=DE"
            f"&token_path=%2Flive%2F&expires={END}"
        },
    ),
    "bunny sha256": (
        plain(
            "sha256",
            "{secret}{entry_directory}{expires}token_path={entry_directory}",
            output="base64url-unpadded",
        ),
        {"token": unpadded(digest(f"pass/live/{END}token_path=/live/", "sha256"))},
    ),
    "bunny md5": (
        plain("md5", "{secret}{path:unquote}{expires}", output="base64url-unpadded"),
        {"token": unpadded(digest(f"pass/live/720p/seg 1.ts{END}"))},
    ),
    "cloud cdn url": (
        keyed(
            "hmac-sha1",
            "{url}{joint}{appended}",
            key_id="my-key",
            output="base64url",
            texts={"appended": "Expires={expires}&KeyName={key_id}"},
            fields={"query": "{appended}&Signature={signature}"},
        ),
        {"query": f"{GOOGLE}&Signature=" + padded(mac(f"{SEGMENT}&{GOOGLE}", "sha1"))},
    ),
    "cloud cdn prefix": (
        keyed(
            "hmac-sha1",
            "{policy}",
            key_id="my-key",
            output="base64url",
            texts={
                "folder": FOLDER,
                "policy": "URLPrefix={folder:base64url}&Expires={expires}"
                "&KeyName={key_id}",
            },
            fields={"query": "{policy}&Signature={signature}"},
        ),
        {
            "query": f"{PREFIX}&{GOOGLE}&Signature="
            + padded(mac(f"{PREFIX}&{GOOGLE}", "sha1"))
        },
    ),
    "cloud cdn cookie": (
        keyed(
            "hmac-sha1",
            "{policy}",
            key_id="my-key",
            output="base64url",
            texts={
                "folder": FOLDER,
                "policy": "URLPrefix={folder:base64url}:Expires={expires}"
                ":KeyName={key_id}",
            },
            fields={"cookie": "{policy}:Signature={signature}"},
        ),
        {
            "cookie": f"{PREFIX}:{GOOGLE.replace('&', ':')}:Signature="
            + padded(mac(f"{PREFIX}:{GOOGLE.replace('&', ':')}", "sha1"))
        },
    ),
    "media cdn hmac": (
        keyed(
            "hmac-sha256",
            "{shown}",
            texts={"shown": "PathGlobs={entry_directory}*~Expires={expires}"},
            fields={"token": "{shown}~hmac={signature}"},
        ),
        {
            "token": f"PathGlobs=/live/*~Expires={END}~hmac="
            + mac(f"PathGlobs=/live/*~Expires={END}").hex()
        },
    ),
    "akamai acl": (
        keyed(
            "hmac-sha256",
            "{shown}~salt={salt}",
            texts={
                "acl": "{entry_directory}*",
                "salt": "pepper",
                "shown": "st={issued}~exp={expires}~acl={acl}",
            },
            fields={"token": "{shown}~hmac={signature}"},
        ),
        {
            "token": f"{AKAMAI}~acl=/live/*~hmac="
            + mac(f"{AKAMAI}~acl=/live/*~salt=pepper").hex()
        },
    ),
    "akamai url": (
        keyed(
            "hmac-sha256",
            "{shown}~url={path:escape-early}~salt={salt}",
            texts={"salt": "pepper", "shown": "st={issued}~exp={expires}"},
            fields={"token": "{shown}~hmac={signature}"},
        ),
        {
            "token": f"{AKAMAI}~hmac="
            + mac(f"{AKAMAI}~url=%2flive%2f720p%2fseg%25201.ts~salt=pepper").hex()
        },
    ),
    "fastly": (
        keyed(
            "hmac-sha1", "{path}{expires}", fields={"token": "{expires}_{signature}"}
        ),
        {"token": f"{END}_" + mac(f"/live/720p/seg%201.ts{END}", "sha1").hex()},
    ),
    "keycdn": (
        plain(
            "md5",
            "{path}{secret}{expires}",
            output="base64url-unpadded",
            fields={"token": "{signature}", "expire": "{expires}"},
        ),
        {
            "token": unpadded(digest(f"/live/720p/seg%201.tspass{END}")),
            "expire": END,
        },
    ),
    "nginx secure_link": (
        plain(
            "md5",
            "{expires}{path:unquote}{viewer} {secret}",
            output="base64url-unpadded",
            texts={"viewer": "192.0.2.7"},
            fields={"md5": "{signature}", "expires": "{expires}"},
        ),
        {
            "md5": unpadded(digest(f"{END}/live/720p/seg 1.ts192.0.2.7 pass")),
            "expires": END,
        },
    ),
    "gcore cdn": (
        plain(
            "md5",
            "{expires}{path} {secret}",
            output="base64url-unpadded",
            fields={"md5": "{signature}", "expires": "{expires}"},
        ),
        {
            "md5": unpadded(digest(f"{END}/live/720p/seg%201.ts pass")),
            "expires": END,
        },
    ),
    "gcore path pair": (
        plain(
            "md5",
            "{video}_{expires}_{secret}",
            output="base64url-unpadded",
            texts={"video": "v1"},
            fields={"token": "{signature}", "expires": "{expires}"},
        ),
        {"token": unpadded(digest(f"v1_{END}_pass")), "expires": END},
    ),
    "gumlet": (
        keyed(
            "hmac-sha1",
            "{path}{expires}",
            fields={"token": "{signature}", "expires": "{expires}"},
        ),
        {
            "token": mac(f"/live/720p/seg%201.ts{END}", "sha1").hex(),
            "expires": END,
        },
    ),
    "wowza": (
        plain(
            "sha256",
            "{entry_directory:unslashed}?{params:sort}",
            output="base64url",
            texts={
                "params": "wowzatokenstarttime={issued_ms}&{secret}&192.0.2.7"
                "&wowzatokenendtime={expires_ms}"
            },
            fields={"hash": "{signature}", "end": "{expires_ms}"},
        ),
        {
            "hash": padded(
                digest(
                    f"live?192.0.2.7&pass&wowzatokenendtime={END}000"
                    f"&wowzatokenstarttime={ISSUED}000",
                    "sha256",
                )
            ),
            "end": f"{END}000",
        },
    ),
    "flussonic": (
        plain(
            "sha1",
            "{name}{viewer}{issued}{expires}{secret}{salt}",
            texts={"name": "cam", "viewer": "192.0.2.7", "salt": "a5cd"},
            fields={"token": "{signature}-{salt}-{expires}-{issued}"},
        ),
        {
            "token": digest(f"cam192.0.2.7{ISSUED}{END}passa5cd", "sha1").hex()
            + f"-a5cd-{END}-{ISSUED}"
        },
    ),
    "cesbo": (
        plain(
            "sha1",
            "{path}192.0.2.7{issued}{expires}{secret}{salt}",
            texts={"salt": "a5cd"},
            fields={"token": "{signature}-{salt}-{expires}-{issued}"},
        ),
        {
            "token": digest(
                f"/live/720p/seg%201.ts192.0.2.7{ISSUED}{END}passa5cd", "sha1"
            ).hex()
            + f"-a5cd-{END}-{ISSUED}"
        },
    ),
    "tencent": (
        plain(
            "md5",
            "{secret}{directory}{expires_hex}",
            fields={"t": "{expires_hex}", "sign": "{signature}"},
        ),
        {
            "t": f"{int(EXPIRES):x}",
            "sign": digest(f"pass/live/720p/{int(EXPIRES):x}").hex(),
        },
    ),
}


@pytest.mark.parametrize("platform", CASES)
def test_a_platform_is_a_configuration(platform: str) -> None:
    """The token of a segment is what the platform computes for its URL."""
    config, wanted = CASES[platform]
    token = signer(config).sign(SEGMENT)
    assert dict(token.fields) == wanted
    assert token.expires_at == EXPIRES


def cloudfront_base64(text: str) -> bytes:
    """Decode what CloudFront reads."""
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
    """Canned for one URL, custom for all below; the fields serve query and cookies."""
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
    """As a token, and as a part of the path."""
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
    """What `fetch` gives serves all that need no token of their own."""
    source = signer(keyed("hmac-sha1", "{url}|{entry_directory}"))
    assert await source.fetch() == source.sign(URL)
    assert source.sign(SEGMENT) != source.sign(URL)


def test_every_name_of_the_settings_is_filled() -> None:
    """What they accept never fails at signing."""
    held = "".join(f"{{{name}}}" for name in sorted(AT_HASHING))
    config = keyed("hmac-sha1", held, key_id="k1", fields={"all": held})
    token = signer(config).sign(URL)
    for name in AT_HASHING:
        assert f"{{{name}}}" not in token.fields["all"]


def test_a_random_value_is_one_in_a_token_and_differs_between_tokens() -> None:
    """A salt is sent as it was hashed."""
    fields = {"salt": "{random}", "sig": "{signature}"}
    source = signer(keyed("hmac-sha1", "{random}", fields=fields))
    first, second = source.sign(URL).fields, source.sign(URL).fields
    assert first["sig"] == mac(first["salt"], "sha1").hex()
    assert first["salt"] != second["salt"]


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (keyed("hmac-sha1", "{host:ip}"), "the message: ip wants an address"),
        (keyed("hmac-sha1", "", texts={"a": "{host:ip}"}), "a: ip wants an address"),
        (
            keyed("hmac-sha1", "", texts={"a": "192.0.2.7"}, fields={"t": "{a:ip}"}),
            "t is more than a line of ASCII",
        ),
    ],
)
def test_what_makes_no_token_does_not_start(
    config: dict[str, Any], complaint: str
) -> None:
    """Rather than fail at each request; no value is shown."""
    with pytest.raises(StartError, match=complaint) as caught:
        signer(config, host="canary.example.com")
    assert "canary" not in str(caught.value)


@pytest.fixture
def rotated(tmp_path: Path) -> tuple[SignHash, Path]:
    """Return a source whose key and id are mounted files."""
    folder = mount(tmp_path, {"key": b"01\n", "kid": b"old\n"})
    source = SignHash(
        Recipe(
            message("{path}"),
            {"sig": message("{signature}"), "kid": message("{key_id}")},
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


def signed_with(source: SignHash, key: bytes) -> str | None:
    """Return the id of the key, if it is the one that signs."""
    fields = source.sign(URL).fields
    right = fields["sig"] == mac("/live/master.m3u8", key=key).hex()
    return fields["kid"] if right else None


def test_r11_a_new_key_signs_the_next_url(rotated: tuple[SignHash, Path]) -> None:
    """Together with its id."""
    source, root = rotated
    before = source.fingerprint()
    assert signed_with(source, b"\x01") == "old"
    swap(root, {"key": b"02", "kid": b"new"})
    assert source.fingerprint() != before
    assert signed_with(source, b"\x02") == "new"


def test_r11_a_bad_new_key_is_told_once(rotated: tuple[SignHash, Path]) -> None:
    """The last good one goes on."""
    source, root = rotated
    swap(root, {"key": b"canary", "kid": b"new"})
    with pytest.raises(SourceError, match="no hex") as caught:
        source.sign(URL)
    assert "canary" not in str(caught.value)
    assert signed_with(source, b"\x01") == "old"


def test_the_filters_of_akamai_and_python_agree() -> None:
    """A path with all that is escaped."""
    path = "/a%20b/~c+d/é"
    url = f"https://media.example.com{quote(path, safe='/%+~')}"
    token = signer(
        keyed("hmac-sha1", "", fields={"p": "{path:quote-plus}", "q": "{path:quote}"})
    ).sign(url)
    wire = url.removeprefix("https://media.example.com")
    assert token.fields == {"p": quote_plus(wire), "q": quote(wire, safe="")}

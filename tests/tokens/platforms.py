"""Platforms as configurations of `sign-hash`, and their tokens by their formulas.

The vectors of the platforms are in tests/providers. Here are whole configurations, and
what each platform computes for `SEGMENT`, written independently.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from tests.tokens.signed import EXPIRES, ISSUED

KEY = b"\x01\x02key"
SEGMENT = "https://media.example.com/live/720p/seg%201.ts?b=2&a=1"
END = f"{EXPIRES:.0f}"


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

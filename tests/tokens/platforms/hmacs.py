"""Platforms that compute an HMAC with a key."""

import hmac
from collections.abc import Mapping

from tests.tokens.platforms.formulas import (
    END,
    KEY,
    SEGMENT,
    Case,
    keyed,
    mac,
    padded,
    unpadded,
)
from tests.tokens.signed import ISSUED

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

HMACS: Mapping[str, Case] = {
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
}

"""Signatures and tokens of Google Cloud CDN and Media CDN."""

from typing import Any

from tests.providers.vector_rows.row import Row, hashed

DUAL_TOKEN_SEED = "DJUcnLguVFKmVCFnWGubG1MZg7fWAnxacMjKDhVZMGI="
PATH_SEED = "g_SlMILiIWKqsC6Z2L7gy0sReDOqtSrJrE7CXNr5Nl8="
URL_SEED = "BxwXXNjeGaoWqjr7GHEymRJkP4SaOC12dTGixk7Yr8I="
IN_PATH = "{origin}/edge-cache-token=Expires={expires}&KeyName={key_id}"
APPENDED = "{url}{joint}Expires={expires}&KeyName={key_id}"
FOLDER_TEXT = {"folder": "{origin}{entry_directory}"}
PREFIX = "URLPrefix={folder:base64url}&Expires={expires}&KeyName={key_id}"
AS_COOKIE = PREFIX.replace("&", ":")
EXAMPLE = "http://www.example.com"
IP_RANGES = "203.0.113.0/24,2001:db8:4a7f:a732/64"
ALL_FIELDS = (
    "PathGlobs=/*~Starts={issued}~Expires={expires}~SessionID=test-id~Data=test-data"
    "~Headers=%s~IPRanges={ranges:base64url-unpadded}"
)


def cloud_cdn(message: str, url: str) -> Row:
    """Return a signature of Google Cloud CDN."""
    token = hashed(
        "hmac-sha1",
        message,
        key="nZtRohdNF9m3cKM24IcK4w==",
        key_encoding="base64",
        key_id="my-key",
        output="base64url",
        texts=FOLDER_TEXT,
        fields={"signature": "{signature}"},
    )
    return Row(token, 1549751401, url)


def media_cdn(
    message: str,
    *,
    shown: str = "",
    url: str = "https://h/",
    issued: float | None = None,
) -> Row:
    """Return a token of Google Media CDN; it contains `shown`, or the message."""
    token = hashed(
        "hmac-sha256",
        message,
        key="g_SlMILiIWKqsC6Z2L7gy0sReDOqtSrJrE7CXNr5Nl8=",
        key_encoding="base64",
        texts={"ranges": IP_RANGES},
        fields={"token": f"{shown or message}~hmac={{signature}}"},
    )
    return Row(token, 1663070400, url, issued)


def ed25519(message: str, seed: str, **keys: object) -> dict[str, Any]:
    """Return a signature of Google Media CDN."""
    return hashed(
        "ed25519",
        message,
        key=seed,
        **{"output": "base64url", "fields": {"signature": "{signature}"}, **keys},
    )


GOOGLE: dict[str, Row] = {
    "google-cloud-cdn url 1": cloud_cdn(
        APPENDED, f"{EXAMPLE}/some/path?some=query&another=param"
    ),
    "google-cloud-cdn prefix 1": cloud_cdn(PREFIX, f"{EXAMPLE}/some/a.m3u8"),
    "google-cloud-cdn cookie 1": cloud_cdn(AS_COOKIE, f"{EXAMPLE}/foo/a.m3u8"),
    "google-media-cdn token-hmac-sha256 1": media_cdn("PathGlobs=/*~Expires={expires}"),
    "google-media-cdn token-hmac-sha256 2": media_cdn(
        "FullPath={path}~Expires={expires}",
        shown="FullPath~Expires={expires}",
        url="https://h/example.m3u8",
    ),
    "google-media-cdn token-hmac-sha256 3": media_cdn(
        ALL_FIELDS % "Foo=bar,BAZ=quux", shown=ALL_FIELDS % "Foo,BAZ", issued=1663027200
    ),
    "google-media-cdn token-ed25519 1": Row(
        ed25519(
            "PathGlobs=/*~Expires={expires}",
            DUAL_TOKEN_SEED,
            output="base64url-unpadded",
            fields={"token": "PathGlobs=/*~Expires={expires}~Signature={signature}"},
        ),
        1663070400,
    ),
    "google-media-cdn path-ed25519 1": Row(
        ed25519(
            IN_PATH,
            PATH_SEED,
            key_id="test-key",
            output="base64url-unpadded",
            fields={
                "signature": "{signature}",
                "url": f"{IN_PATH}&Signature={{signature}}{{path}}",
            },
        ),
        1663070400,
        "https://example.com/test-filename",
    ),
    "google-media-cdn url-ed25519 1": Row(
        ed25519(APPENDED, URL_SEED, key_id="my-key"),
        1650848400,
        f"{EXAMPLE}/some/path?some=query&another=param",
    ),
    "google-media-cdn cookie-ed25519 1": Row(
        ed25519(AS_COOKIE, URL_SEED, key_id="my-key", texts=FOLDER_TEXT),
        1650848400,
        f"{EXAMPLE}/foo/a.m3u8",
    ),
}

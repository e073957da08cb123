"""The vectors of the platforms, and the settings that make the token of each."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "vectors"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "vectors.json").read_text())
POLICY = (
    '{"Statement":[{"Resource":"%s",'
    '"Condition":{"DateLessThan":{"AWS:EpochTime":{expires}}}}]}'
)


class Row(NamedTuple):
    """The settings of a vector, and the request and time of its token."""

    token: Mapping[str, Any]
    expires: float
    url: str = "https://h.example.com/live/master.m3u8"
    issued: float | None = None


def numbered(vectors: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Name each vector by its provider and kind; number those with the same name."""
    count: dict[str, itertools.count[int]] = {}
    named = {}
    for vector in vectors:
        name = f"{vector['provider']} {vector['kind']}"
        named[f"{name} {next(count.setdefault(name, itertools.count(1)))}"] = vector
    return named


NAMED = numbered(VECTORS)


def hashed(algorithm: str, message: str, **keys: object) -> dict[str, Any]:
    """Return the settings of a hash or signature."""
    return {
        "source": "sign-hash",
        "algorithm": algorithm,
        "message": message,
        **keys,
    }


def cloudfront(
    resource: str, algorithm: str, *, shown: bool, **keys: object
) -> dict[str, Any]:
    """Return the settings of a policy; `shown`: it is part of the token."""
    fields = {"signature": "{signature}"}
    if shown:
        fields["policy_b64"] = "{policy:base64-cloudfront}"
    return {
        **hashed(algorithm, "{policy}", output="base64-cloudfront", fields=fields),
        "texts": {"policy": POLICY % resource},
        "key_file": FOLDER / "test_rsa_pkcs8.pem",
        **keys,
    }


def bunny(path: str, params: str = "", ip: str = "") -> Row:
    """Return the current form; the URL's query is signed as parameters."""
    token = hashed(
        "hmac-sha256",
        "{path}{expires}{ip:ip}{params:sort:unquote}",
        key="SecurityKey",
        texts={"ip": ip, "params": f"{params}&{{query}}", "flag": "1-" if ip else ""},
        output="base64url-unpadded",
        fields={"token": "HS256-{flag}{signature}"},
    )
    return Row(token, 1598024587, f"https://h.b-cdn.net{path}")


def bunny_2020(path: str, params: str = "", *, ip: str = "") -> Row:
    """Return the previous form."""
    token = hashed(
        "sha256",
        "{secret}{path}{ip}{expires}{params:sort}",
        key="SecurityKey",
        texts={"ip": ip, "params": params},
        output="base64url-unpadded",
    )
    return Row(token, 1598024587, f"https://h.b-cdn.net{path}")


def secure_link(message: str, key: str, expires: float, path: str = "/") -> Row:
    """Return what nginx's secure_link_md5 expects."""
    token = hashed("md5", message, key=key, output="base64url-unpadded")
    return Row(token, expires, f"https://h.example.com{path}")


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


def akamai(
    shown: str,
    hidden: str = "",
    expires: float = 1_700_000_000,
    issued: float | None = None,
) -> Row:
    """Return a token of Akamai: what it contains, and what is hashed in addition."""
    token = hashed(
        "hmac-sha256",
        f"{{shown}}{hidden}",
        key="52a152a152a152a152a152a152a152a1",
        key_encoding="hex",
        texts={"shown": shown},
        fields={"token": "{shown}~hmac={signature}"},
    )
    return Row(token, expires, "https://h.example.com/hls/master.m3u8", issued)


def path_hash(output: str, vector: str, path: str, expires: float) -> Row:
    """Return an HMAC over path and expiry, as at Fastly and Gumlet."""
    token = hashed(
        "hmac-sha1",
        "{path}{expires}",
        key=NAMED[vector]["key_b64"],
        key_encoding="base64",
        fields={"token": output},
    )
    return Row(token, expires, f"https://h.example.com{path}")


def json_web_token(vector: str) -> Row:
    """Return a JWT, with the placeholders in its parts again."""
    wanted = NAMED[vector]
    holes = {"kid": "{key_id}", "iat": "{issued}", "exp": "{expires}"}
    headers, claims = (
        {name: holes.get(name, value) for name, value in wanted[part].items()}
        for part in ("header", "claims")
    )
    token = {
        "source": "sign-jwt",
        "key_file": FOLDER / wanted["key_file"],
        "key_id": wanted["claims"]["kid"],
        "algorithm": headers.pop("alg"),
        "headers": headers,
        "claims": claims,
    }
    exp, iat = wanted["claims"]["exp"], wanted["claims"].get("iat")
    return Row(token, exp, issued=iat)


DUAL_TOKEN_SEED = "DJUcnLguVFKmVCFnWGubG1MZg7fWAnxacMjKDhVZMGI="
PATH_SEED = "g_SlMILiIWKqsC6Z2L7gy0sReDOqtSrJrE7CXNr5Nl8="
URL_SEED = "BxwXXNjeGaoWqjr7GHEymRJkP4SaOC12dTGixk7Yr8I="
IN_PATH = "{origin}/edge-cache-token=Expires={expires}&KeyName={key_id}"
APPENDED = "{url}{joint}Expires={expires}&KeyName={key_id}"
FOLDER_TEXT = {"folder": "{origin}{entry_directory}"}
PREFIX = "URLPrefix={folder:base64url}&Expires={expires}&KeyName={key_id}"
AS_COOKIE = PREFIX.replace("&", ":")
EXAMPLE = "http://www.example.com"
D111 = "https://d111111abcdef8.cloudfront.net"
NGINX_PATH_KEY = "uigfp(@#tfpIUDGPFiouGDF"
IP_RANGES = "203.0.113.0/24,2001:db8:4a7f:a732/64"
ALL_FIELDS = (
    "PathGlobs=/*~Starts={issued}~Expires={expires}~SessionID=test-id~Data=test-data"
    "~Headers=%s~IPRanges={ranges:base64url-unpadded}"
)
CUSTOM_POLICY = (
    '{"Statement":[{"Resource":"foo","Condition":{"DateLessThan":{"AWS:EpochTime":'
    '{expires}},"IpAddress":{"AWS:SourceIp":"12.34.56.78/9"},"DateGreaterThan":'
    '{"AWS:EpochTime":{issued}}}}]}'
)

ROWS: dict[str, Row] = {
    **{name: json_web_token(name) for name in NAMED if " jwt" in name},
    "cloudfront custom-policy 1": Row(
        cloudfront("{origin}/live/*", "rsa-sha1", shown=True),
        1700003600,
        f"{D111}/live/a.m3u8",
    ),
    "cloudfront custom-policy 2": Row(
        cloudfront("{origin}/live/*", "rsa-sha256", shown=True),
        1700003600,
        f"{D111}/live/a.m3u8",
    ),
    "cloudfront canned-policy 1": Row(
        cloudfront("{url}", "rsa-sha1", shown=False),
        1700003600,
        f"{D111}/live/master.m3u8?x=1",
    ),
    "cloudfront policy-encoding 1": Row(
        cloudfront(
            "",
            "rsa-sha1",
            shown=True,
            texts={"policy": CUSTOM_POLICY},
            fields={"policy_b64": "{policy:base64-cloudfront}"},
        ),
        1451606400,
        issued=1448928000,
    ),
    "bunny hmac-HS256 1": bunny("/abc", "token_path={path}"),
    "bunny hmac-HS256 2": bunny("/300kb.jpg"),
    "bunny hmac-HS256 3": bunny("/abc/"),
    "bunny hmac-HS256 4": bunny("/", "token_path={path}&token_countries=CA"),
    "bunny hmac-HS256 5": bunny("/300kb.jpg", "token_countries_blocked=CA"),
    "bunny hmac-HS256 6": bunny("/300kb.jpg", "token_ignore_params=true"),
    "bunny hmac-HS256 7": bunny("/300kb.jpg?v=123"),
    "bunny hmac-HS256 8": bunny("/300kb.jpg", "limit=1000"),
    "bunny hmac-HS256 9": bunny("/300kb.jpg", ip="1.2.3.4"),
    "bunny hmac-HS256 10": bunny("/300kb.jpg", ip="2001:db8:85a3::8a2e:370:7334"),
    "bunny hmac-HS256 11": bunny("/abc/", "token_countries=CA,US", ip="1.2.3.4"),
    "bunny sha256-v2 1": bunny_2020("/abc", "token_path={path}"),
    "bunny sha256-v2 2": bunny_2020("/abc/"),
    "bunny sha256-v2 3": bunny_2020("/", "token_path={path}&token_countries=CA"),
    "bunny sha256-v2 4": bunny_2020("/300kb.jpg", "token_countries_blocked=CA"),
    "bunny sha256-v2 5": bunny_2020("/300kb.jpg", ip="1.2.3.4"),
    "nginx secure_link_md5 1": secure_link(
        "{expires}{path}127.0.0.1 {secret}", "secret", 2147483647, "/s/link"
    ),
    "nginx secure_link_md5 2": secure_link(
        "{secret}{path}", "secret", 1700000000, "/test.html"
    ),
    "nginx secure_link_md5 3": secure_link(
        "{expires}127.0.0.1 {secret}", NGINX_PATH_KEY, 1526373776
    ),
    "wowza sha512 1": Row(
        hashed(
            "sha512",
            "{directory:unslashed}?{params:sort}",
            key="uhef87bdub13e87",
            output="base64url",
            texts={
                "params": "wowzatokenstart_time={expires_ms}&{secret}&10.10.10.10"
                "&wowzatokenend_time={expires_ms}"
            },
        ),
        1461322012.789,
        "https://h.example.com/test/myStream/playlist.m3u8",
    ),
    "cesbo-alta sha1 1": Row(
        hashed(
            "sha1",
            "{path}192.168.88.98{issued}{expires}{secret}{salt}",
            key="secret",
            texts={"salt": "a5cd6c00"},
            fields={"token": "{signature}-{salt}-{expires}-{issued}"},
        ),
        1669890000,
        "https://h.example.com/tv/travel-channel/index.m3u8",
        issued=1669810000,
    ),
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
    "akamai edgeauth-sha256 1": akamai(
        "st={issued}~exp={expires}~acl=/*", expires=1294788622, issued=1294788122
    ),
    "akamai edgeauth-sha256 2": akamai("exp={expires}~acl=/live/*"),
    "akamai edgeauth-sha256 3": akamai("exp={expires}~acl=/a/*!/b/*"),
    "akamai edgeauth-sha256 4": akamai("exp={expires}", "~url={path}"),
    "akamai edgeauth-sha256 5": akamai("exp={expires}", "~url={path:escape-early}"),
    "akamai edgeauth-sha256 6": akamai(
        "ip=203.0.113.7~exp={expires}~acl=/*~id=sess-1~data=k=v", "~salt=pepper"
    ),
    "fastly token 1": path_hash(
        "{expires}_{signature}", "fastly token 1", "/foo/bar.html", 1441307151
    ),
    "gumlet hmac-sha1 1": path_hash(
        "{signature}",
        "gumlet hmac-sha1 1",
        "/5f462c1561cf8a766464ffc4/6192269e0822a81d955d1a4b/main.m3u8",
        1700000000,
    ),
}

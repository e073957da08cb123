"""Hashes and HMACs of a message: most other platforms."""

from tests.providers.vector_rows.row import NAMED, Row, hashed

NGINX_PATH_KEY = "uigfp(@#tfpIUDGPFiouGDF"


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


HASHES: dict[str, Row] = {
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

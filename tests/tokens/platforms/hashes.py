"""Platforms that compute a hash of a message with a secret in it."""

from collections.abc import Mapping

from tests.tokens.platforms.formulas import END, Case, digest, padded, plain, unpadded
from tests.tokens.signed import EXPIRES, ISSUED

HASHES: Mapping[str, Case] = {
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

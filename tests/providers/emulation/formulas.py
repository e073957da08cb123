"""The hashes of CDNs, from their documentation: the expected hash of a request.

Each takes the key or the secret, the credential and the request without it.
"""

import base64
import hashlib
import hmac
from urllib.parse import unquote

from tests.providers.emulation.asks import Ask, pairs
from tests.providers.emulation.carriers import Shown


def base64url(digest: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def md5(text: str) -> str:
    """Return the hash of nginx and its successors."""
    return base64url(hashlib.md5(text.encode()).digest())  # noqa: S324 - as there


def _bunny(shown: Shown, ask: Ask) -> tuple[str, str]:
    """Return the text before the expiry, and the text after it."""
    path = shown.get("token_path") or ask.path
    if not ask.path.startswith(path):
        path = ask.path  # the token is for another folder
    signed = {**dict(pairs(ask.query)), **shown}
    named = sorted(signed.keys() - {"token", "bcdn_token", "expires"})
    return path, "&".join(f"{name}={signed[name]}" for name in named)


def bunny_hmac(secret: str, shown: Shown, ask: Ask) -> str:
    """https://github.com/BunnyWay/BunnyCDN.TokenAuthentication, since 2026."""
    path, data = _bunny(shown, ask)
    message = f"{path}{shown['expires']}{data}"
    return (
        f"HS256-{base64url(hmac.digest(secret.encode(), message.encode(), 'sha256'))}"
    )


def bunny_sha256(secret: str, shown: Shown, ask: Ask) -> str:
    """Return the hash of 2020 to 2026."""
    path, data = _bunny(shown, ask)
    text = f"{secret}{path}{shown['expires']}{data}"
    return base64url(hashlib.sha256(text.encode()).digest())


def bunny_md5(secret: str, shown: Shown, ask: Ask) -> str:
    """https://docs.bunny.net/docs/cdn-token-authentication-basic."""
    return md5(f"{secret}{ask.path}{shown['expires']}")


def fastly(key: bytes, shown: Shown, ask: Ask) -> str:
    """https://github.com/fastly/token-functions."""
    message = f"{ask.path}{shown['expires']}"
    return hmac.new(key, message.encode(), "sha1").hexdigest()


def fastly_parts(shown: Shown) -> Shown:
    """Split a token of Fastly."""
    expires, _, token = shown["token"].partition("_")
    return {"expires": expires, "token": token}


def keycdn(secret: str, shown: Shown, ask: Ask) -> str:
    """https://www.keycdn.com/support/secure-token."""
    return md5(f"{ask.path}{secret}{shown['expire']}")


def nginx(secret: str, shown: Shown, ask: Ask) -> str:
    """https://nginx.org/en/docs/http/ngx_http_secure_link_module.html, with `$uri`."""
    return md5(f"{shown['expires']}{unquote(ask.path)} {secret}")


def nginx_in_path(secret: str, shown: Shown, ask: Ask) -> str:
    """Return the hash of client and expiry only, as used in the path."""
    return md5(f"{shown['expires']}{ask.client} {secret}")


def gcore(secret: str, shown: Shown, ask: Ask) -> str:
    """https://support.gcorelabs.com/hc/en-us/articles/214496445, without an address."""
    return md5(f"{shown['expires']}{ask.path} {secret}")


def gcore_streaming(secret: str, video: str, shown: Shown, ask: Ask) -> str:
    """https://gcore.com/support/articles/360002209478: one for all files of a video."""
    of_it = ask.path.startswith(f"/videos/{video}/")
    return md5(f"{video if of_it else ''}_{secret}_{shown['expires']}_")


def gumlet(key: bytes, entry: str, shown: Shown, ask: Ask) -> str:
    """https://docs.gumlet.com/docs/secure-video-playback; for children inferred."""
    folder = entry.rpartition("/")[0]
    path = entry if ask.path.startswith(f"{folder}/") else ask.path
    message = f"{path}{shown['expires']}"
    return hmac.new(key, message.encode(), "sha1").hexdigest()


def jwplayer(secret: str, shown: Shown, ask: Ask) -> str:
    """https://docs.jwplayer.com/platform/reference/protect-your-content-with-signed-urls."""
    text = f"{ask.path.removeprefix('/')}:{shown['exp']}:{secret}"
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - as there


def wowza(secret: str, content: str, prefix: str, shown: Shown, ask: Ask) -> str:
    """https://www.wowza.com/docs/how-to-protect-streaming-using-securetoken-in-wowza-streaming-engine."""
    if not ask.path.startswith(f"/{content}/"):
        return ""
    signed = {n: v for n, v in shown.items() if n != f"{prefix}hash"}
    parts = sorted([secret, *(f"{name}={value}" for name, value in signed.items())])
    digest = hashlib.sha256(f"{content}?{'&'.join(parts)}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()


def flussonic(key: str, stream: str, shown: Shown, ask: Ask) -> str:
    """https://flussonic.com/doc/authorization/secure-links, without an address."""
    if not ask.path.startswith(f"/{stream}/"):
        return ""
    text = f"{stream}{shown['starts']}{shown['expires']}{key}{shown['salt']}"
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - as there


def flussonic_parts(shown: Shown) -> Shown:
    """Split a token of Flussonic."""
    named = ("token", "salt", "expires", "starts")
    parts = shown["token"].split("-")
    return dict(zip(named, parts, strict=False)) if len(parts) == len(named) else {}

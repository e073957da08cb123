"""CDNs that require a signed policy, which contains what it opens."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.providers.emulation.asks import CHILDREN, ENTRY
from tests.providers.emulation.carriers import Carrier, Cookies, PathPrefix, Query
from tests.providers.emulation.checks import Check
from tests.providers.emulation.doors import Door
from tests.providers.emulation.layout import Layout
from tests.providers.emulation.links import AsCookie, Gift, InPath, InQuery, Writer
from tests.providers.emulation.platform import Platform
from tests.providers.emulation.policies import (
    CloudFront,
    EdgeAuth,
    GoogleKey,
    GoogleSigned,
    MediaCdnToken,
)
from tests.providers.emulation.programme import Programme
from tests.providers.emulation.stage import Cast
from tests.providers.platforms.row import (
    CHILD_SECONDS,
    PKCS1,
    PUBLIC_KEY,
    SHORT,
    Emulated,
    Row,
    Table,
    path_of,
)

GOOGLE_KEY = "nZtRohdNF9m3cKM24IcK4w=="
GOOGLE = GoogleKey(base64.urlsafe_b64decode(GOOGLE_KEY))
SEED = "DJUcnLguVFKmVCFnWGubG1MZg7fWAnxacMjKDhVZMGI="
MEDIA = GoogleKey(
    public=Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(SEED))
    .public_key()
    .public_bytes_raw()
)
AKAMAI_KEY = "52a152a152a152a152a152a152a152a1"


def _layout(table: Table) -> Layout:
    entry = path_of(table)
    folder = entry.rpartition("/")[0]
    return Layout(
        entry=entry,
        playlist=f"{folder}/{{rendition}}/index.m3u8",
        segment=f"{folder}/{{rendition}}/{{number}}.ts",
        key=f"{folder}/key.bin",
    )


def guarded(table: Table, carrier: Carrier, check: Check) -> Emulated:
    """Return a CDN that checks every request in the same way; links are relative."""
    return Emulated(Platform(doors=(Door(carrier, check),), layout=_layout(table)))


def _cloudfront(table: Table) -> CloudFront:
    return CloudFront(PUBLIC_KEY, table["token"]["key_id"])


def cloudfront(table: Table) -> Emulated:
    """CloudFront with a custom policy in the query."""
    carrier = Query(("Policy", "Signature", "Key-Pair-Id"), ("Hash-Algorithm",))
    return guarded(table, carrier, _cloudfront(table))


def cloudfront_cookie(table: Table) -> Emulated:
    """CloudFront with a custom policy in cookies."""
    named = (f"CloudFront-{n}" for n in ("Policy", "Signature", "Key-Pair-Id"))
    return guarded(table, Cookies(tuple(named)), _cloudfront(table))


def cloudfront_canned(table: Table) -> Emulated:
    """CloudFront with a canned policy for each URL."""
    carrier = Query(("Expires", "Signature", "Key-Pair-Id"))
    return guarded(table, carrier, _cloudfront(table))


def cloud_cdn(table: Table) -> Emulated:
    """Google Cloud CDN with a prefix in the query, encoded as it was signed."""
    names = ("URLPrefix", "Expires", "KeyName", "Signature")
    check = GoogleSigned(GOOGLE, table["token"]["key_id"])
    return guarded(table, Query(names, decoded=False), check)


def cloud_cdn_cookie(table: Table) -> Emulated:
    """Google Cloud CDN with a cookie."""
    name = "Cloud-CDN-Cookie"
    check = GoogleSigned(GOOGLE, table["token"]["key_id"], name)
    return guarded(table, Cookies((name,)), check)


class _LongTokens:
    """How a long token is handed out, and how it is sent back."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.by_cookie: _Handed = (Cookies((name,)), (), (AsCookie(name),))
        self.by_query: _Handed = (
            Query((name,), decoded=False),
            (InQuery(name),),
            (),
        )
        self.by_path: _Handed = (
            PathPrefix(f"{name}=", (name,), decoded=False),
            (InPath(name),),
            (),
        )


_Handed = tuple[Carrier, tuple[Writer, ...], tuple[Gift, ...]]


def dual(table: Table, carrier: Carrier, short: Check, handed: _Handed) -> Emulated:
    """Return a CDN whose short token opens the entry, and its long one the rest."""
    back, writers, gifts = handed
    name = "hdntl"
    long = EdgeAuth(AKAMAI_KEY, name, seconds=CHILD_SECONDS)
    return Emulated(
        Platform(
            doors=(
                Door(carrier, short, ENTRY),
                Door(back, long, CHILDREN, own=False),
            ),
            layout=_layout(table),
            programme=Programme(),
            writers=writers,
            issuer=long,
            gifts=gifts,
        )
    )


HDNTL = _LongTokens("hdntl")


def akamai(table: Table, handed: _Handed) -> Emulated:
    """Akamai, with the long token handed out in one of three ways."""
    return dual(table, Query(("hdnts",), decoded=False), EdgeAuth(AKAMAI_KEY), handed)


def media_cdn(table: Table, handed: _Handed) -> Emulated:
    """Google Media CDN, with the long token in a cookie or in the query."""
    name = "edge-cache-token"
    return dual(table, Query((name,), decoded=False), MediaCdnToken(MEDIA), handed)


CLOUDFRONT = {"cloudfront.pem": PKCS1}
CLOUD_CDN = {"google.key": GOOGLE_KEY}
AKAMAI = Cast("akamai", "final", {"akamai.key": AKAMAI_KEY}, SHORT)
MEDIA_CDN = Cast("google-media-cdn", "league", {"mediacdn.key": SEED}, SHORT)

ROWS: dict[str, Row] = {
    "cloudfront": Row(Cast("cloudfront", "show", CLOUDFRONT, SHORT), cloudfront),
    "cloudfront-cookie": Row(
        Cast("cloudfront", "series", CLOUDFRONT, SHORT), cloudfront_cookie
    ),
    "cloudfront-canned": Row(
        Cast("cloudfront", "trailer", CLOUDFRONT, SHORT), cloudfront_canned
    ),
    "cloud-cdn": Row(Cast("google-cloud-cdn", "lecture", CLOUD_CDN, SHORT), cloud_cdn),
    "cloud-cdn-cookie": Row(
        Cast("google-cloud-cdn", "seminar", CLOUD_CDN, SHORT), cloud_cdn_cookie
    ),
    "akamai-cookie": Row(AKAMAI, lambda table: akamai(table, HDNTL.by_cookie)),
    "akamai-query": Row(AKAMAI, lambda table: akamai(table, HDNTL.by_query)),
    "akamai-path": Row(AKAMAI, lambda table: akamai(table, HDNTL.by_path)),
    "media-cdn-cookie": Row(MEDIA_CDN, lambda table: media_cdn(table, HDNTL.by_cookie)),
    "media-cdn-query": Row(MEDIA_CDN, lambda table: media_cdn(table, HDNTL.by_query)),
}

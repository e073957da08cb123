"""Platforms that accept a JSON Web Token which the proxy signs."""

import base64
import json
from functools import partial

from cryptography.hazmat.primitives.asymmetric import ec

from tests.providers.emulation.asks import CHILDREN, ENTRY, Reason, Reply, Role
from tests.providers.emulation.carriers import Header, PathPart, Query
from tests.providers.emulation.checks import Jwt, Once
from tests.providers.emulation.doors import FORBIDDEN, UNAUTHORIZED, Door
from tests.providers.emulation.layout import Layout
from tests.providers.emulation.links import AsCookie, Sessions, Signature
from tests.providers.emulation.platform import Platform
from tests.providers.emulation.programme import Programme
from tests.providers.emulation.stage import Cast
from tests.providers.platforms.row import (
    CHILD_SECONDS,
    PKCS1,
    PKCS8,
    PUBLIC_KEY,
    SHORT,
    Emulated,
    Row,
    Table,
    ec_pair,
    path_of,
)

LIVE = Programme(segments=None)
SECRET = "0123456789abcdef0123456789abcdef"
P256, P384 = ec_pair(ec.SECP256R1()), ec_pair(ec.SECP384R1())


def in_base64(pem: str) -> str:
    """Return a key in the form that platforms hand out."""
    return base64.b64encode(pem.encode()).decode()


def fastpix(table: Table, programme: Programme, playback_id: str = "") -> Emulated:
    """FastPix: the token opens the entry; children are signed on two other hosts."""
    key_id, played = table["token"]["key_id"], playback_id or table["playback_id"]
    signature = Signature(
        CHILD_SECONDS, "cdn=cf&expires={expires}&signature={signature}"
    )
    entry = Jwt(
        PUBLIC_KEY,
        claims={"aud": f"media:{played}", "iss": "fastpix.com", "kid": key_id},
        header={"typ": "JWT", "kid": key_id},
    )
    signed = Query(("expires", "signature"), ("cdn",), decoded=False)
    return Emulated(
        Platform(
            doors=(
                Door(Query(("token",)), entry, ENTRY, UNAUTHORIZED),
                Door(signed, signature, CHILDREN, own=False),
            ),
            layout=Layout(
                entry=f"/{played}.m3u8",
                playlist="/{blob}/stream_{rendition}.m3u8",
                segment="/{blob}/video_{rendition}/{number}.ts",
                key="/{blob}/key.bin",
                hosts={
                    Role.PLAYLIST: ("m",),
                    Role.SEGMENT: ("cdn",),
                    Role.KEY: ("cdn",),
                },
            ),
            programme=programme,
            signature=signature,
            writers=(signature.write,),
            error=_fastpix_error,
        )
    )


def _fastpix_error(reason: str) -> Reply:
    body = {"success": False, "error": {"message": reason}}
    return Reply(0, json.dumps(body).encode(), "application/json")


def mux(table: Table, programme: Programme) -> Emulated:
    """Mux: no other parameter is allowed; only the blob identifies renditions."""
    key_id = table["token"]["key_id"]
    form = "skid=default&expires={expires}&signature={signature}&vsid=1"
    signature = Signature(CHILD_SECONDS, form)
    entry = Jwt(
        PUBLIC_KEY,
        claims={"sub": table["playback_id"], "aud": "v", "kid": key_id},
        header={"kid": key_id},
    )
    signed = Query(("expires", "signature"), ("skid", "vsid"), decoded=False)
    statuses = {**FORBIDDEN, Reason.NOT_ALONE: 400}
    return Emulated(
        Platform(
            doors=(
                Door(Query(("token",)), entry, ENTRY, statuses, alone=True),
                Door(signed, signature, CHILDREN, own=False),
            ),
            layout=Layout(
                entry=f"/{table['playback_id']}.m3u8",
                playlist="/{blob}/rendition.m3u8",
                segment="/v1/chunk/{blob}/{number}.ts",
                key="/v1/key/{blob}/key.bin",
                hosts={
                    Role.PLAYLIST: ("manifest",),
                    Role.SEGMENT: ("chunk",),
                    Role.KEY: ("chunk",),
                },
            ),
            programme=programme,
            signature=signature,
            writers=(signature.write,),
            not_started=412,
        )
    )


def cloudflare(table: Table, programme: Programme) -> Emulated:
    """Cloudflare Stream: the token is in every path; it lives at most a day."""
    key_id, video = table["token"]["key_id"], table["playback_id"]
    check = Jwt(
        PUBLIC_KEY,
        claims={"sub": video, "kid": key_id},
        header={"kid": key_id},
        longest=86_400.0,
    )
    return Emulated(
        Platform(
            doors=(Door(PathPart(1, video), check, statuses=UNAUTHORIZED),),
            layout=Layout(
                entry=f"/{video}/manifest/video.m3u8",
                playlist=f"/{video}/manifest/stream_t{{rendition}}_r{{revision}}.m3u8",
                segment=f"/{video}/video/{{rendition}}/seg_{{number}}.ts",
                key=f"/{video}/video/key.bin",
            ),
            programme=programme,
        )
    )


def amazon_ivs(table: Table, *, once: bool = False) -> Emulated:
    """Amazon IVS: ES384; with a single-use id the token is dead after one request."""
    signature = Signature(CHILD_SECONDS)
    right = Jwt(
        P384.public,
        "ES384",
        {"aws:channel-arn": table["playback_id"]},
        {"typ": "JWT"},
        longest=600.0,
    )
    signed = Query(("expires", "signature"), decoded=False)
    return Emulated(
        Platform(
            doors=(
                Door(Query(("token",)), Once(right) if once else right, ENTRY),
                Door(signed, signature, CHILDREN, own=False),
            ),
            layout=Layout(
                entry=path_of(table),
                playlist="/v1/playlist/{blob}.m3u8",
                segment="/v1/segment/{rendition}/{number}.ts",
                key="/v1/key/key.bin",
                hosts={
                    Role.PLAYLIST: ("weaver",),
                    Role.SEGMENT: ("edge",),
                    Role.KEY: ("edge",),
                },
            ),
            programme=LIVE,
            signature=signature,
            writers=(signature.write,),
        )
    )


def livepeer(table: Table) -> Emulated:
    """Livepeer: a header on every request."""
    claims = {
        "action": "pull",
        "sub": table["playback_id"],
        "pub": table["variables"]["public_key"],
        "video": "none",
    }
    check = Jwt(P256.public, "ES256", claims, {"typ": "JWT"})
    path = f"/hls/{table['playback_id']}"
    return Emulated(
        Platform(
            doors=(Door(Header("Livepeer-Jwt"), check),),
            layout=Layout(
                entry=f"{path}/index.m3u8",
                playlist=f"{path}/{{rendition}}/index.m3u8",
                segment=f"{path}/{{rendition}}/{{number}}.ts",
                key=f"{path}/key.bin",
            ),
        )
    )


def ant_media(table: Table) -> Emulated:
    """Ant Media: the filter is on segments too; a servlet session beside it."""
    claims = {"sub": table["playback_id"], "type": "play"}
    check = Jwt(SECRET, "HS256", claims)
    sessions = Sessions(name="JSESSIONID")
    path = f"/{table['variables']['app']}/streams"
    stream = f"{path}/{table['playback_id']}"
    return Emulated(
        Platform(
            doors=(Door(Query(("token",)), check),),
            layout=Layout(
                entry=f"{stream}.m3u8",
                playlist=f"{stream}_{{rendition}}.m3u8",
                segment=f"{stream}_{{rendition}}_{{number}}.ts",
                key=f"{stream}.key",
            ),
            programme=LIVE,
            issuer=sessions,
            gifts=(AsCookie("JSESSIONID", "; Path=/; HttpOnly"),),
        )
    )


def _fastpix_row(stream: str, programme: Programme, **overrides: str) -> Row:
    cast = Cast("fastpix", stream, {"fastpix.pem": PKCS8}, {**SHORT, **overrides})
    member = "" if stream == "lobby" else "b7e6-video"
    return Row(cast, lambda table: fastpix(table, programme, member), member)


CLOUDFLARE = {"cloudflare.pem": PKCS1, "cloudflare.token": "unused"}

ROWS = {
    "fastpix": _fastpix_row("lobby", Programme()),
    "fastpix-live": _fastpix_row("lobby", LIVE),
    "fastpix-family": _fastpix_row("video", Programme()),
    "mux": Row(
        Cast("mux", "launch", {"mux.pem": PKCS1}, SHORT),
        lambda table: mux(table, Programme()),
    ),
    "mux-live": Row(
        Cast("mux", "launch", {"mux.pem": PKCS1}, SHORT),
        lambda table: mux(table, LIVE),
    ),
    "amazon-ivs": Row(
        Cast("amazon-ivs", "arena", {"ivs.pem": P384.private}, SHORT), amazon_ivs
    ),
    "amazon-ivs-once": Row(
        Cast("amazon-ivs", "final", {"ivs.pem": P384.private}, SHORT),
        partial(amazon_ivs, once=True),
    ),
    "livepeer": Row(
        Cast("livepeer", "stage", {"livepeer.pem": in_base64(P256.private)}, SHORT),
        livepeer,
    ),
    "ant-media": Row(
        Cast("ant-media", "pitch", {"antmedia.key": SECRET}, SHORT), ant_media
    ),
    "cloudflare": Row(
        Cast("cloudflare-stream", "keynote", CLOUDFLARE, SHORT),
        lambda table: cloudflare(table, Programme()),
    ),
    "cloudflare-live": Row(
        Cast("cloudflare-stream", "keynote", CLOUDFLARE, SHORT),
        lambda table: cloudflare(table, LIVE),
    ),
}

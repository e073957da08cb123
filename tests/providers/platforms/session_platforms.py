"""Platforms that open a session, or hand out a second token, at the entry."""

from functools import partial

from tests.providers.emulation import formulas
from tests.providers.emulation.asks import CHILDREN, ENTRY, Role
from tests.providers.emulation.carriers import Basic, Carrier, Header, Query
from tests.providers.emulation.checks import Check, Hashed, Jwt, Known
from tests.providers.emulation.doors import UNAUTHORIZED, Door
from tests.providers.emulation.layout import Layout
from tests.providers.emulation.links import Forwarded, InQuery, Link, Page, Sessions
from tests.providers.emulation.platform import Platform
from tests.providers.emulation.programme import Piece, Programme
from tests.providers.emulation.stage import Cast
from tests.providers.platforms.row import (
    FOREVER,
    PKCS8,
    PUBLIC_KEY,
    SHORT,
    Emulated,
    Row,
    Table,
    path_of,
)

LIVE = Programme(segments=None)
SECRET = "0a1b2c3d-4e5f-6a7b-8c9d"
PASSWORD = "a-password-of-a-viewer"


def cookie_check(piece: Piece, page: Page) -> Link | None:
    """Find out whether the client keeps cookies, as MediaMTX does."""
    rest = page.entered.rest
    if piece.role is not Role.ENTRY or "cookieCheck=1" in rest.query.split("&"):
        return None
    return Link(rest.host, rest.path, rest.query).with_query("cookieCheck=1")


def mediamtx(table: Table, carrier: Carrier, check: Check) -> Emulated:
    """MediaMTX: a session in the links, for this client, gone after 30 s of silence.

    The cookie is only for TLS, and is not sent back here.
    """
    sessions = Sessions(idle=30.0, one_client=True)
    path = path_of(table).removesuffix("/index.m3u8")
    return Emulated(
        Platform(
            doors=(
                Door(carrier, check, ENTRY, UNAUTHORIZED),
                Door(Query(("session",)), sessions, CHILDREN, UNAUTHORIZED, own=False),
            ),
            layout=Layout(
                entry=f"{path}/index.m3u8",
                playlist=f"{path}/{{rendition}}_stream.m3u8",
                segment=f"{path}/{{rendition}}_seg{{number}}.ts",
                key=f"{path}/key.bin",
            ),
            programme=LIVE,
            writers=(InQuery("session"),),
            moves=(cookie_check,),
            issuer=sessions,
        )
    )


def mediamtx_by_jwt(table: Table) -> Emulated:
    """Return the path that requires a JWT."""
    permissions = [{"action": "read", "path": table["playback_id"]}]
    check = Jwt(
        PUBLIC_KEY,
        claims={"mediamtx_permissions": permissions},
        header={"kid": table["token"]["key_id"]},
    )
    return mediamtx(table, Header("Authorization", "Bearer "), check)


def mediamtx_by_password(table: Table) -> Emulated:
    """Return the path that requires a password."""
    return mediamtx(table, Basic("viewer"), Known({PASSWORD: FOREVER}))


def _server(table: Table, door: Door, playlist: str, segment: str) -> Emulated:
    """Return a media server that writes a playlist's credential into its links."""
    folder = f"/{table['playback_id']}"
    return Emulated(
        Platform(
            doors=(door,),
            layout=Layout(
                entry=path_of(table),
                playlist=f"{folder}/{playlist}",
                segment=f"{folder}/{segment}",
                key=f"{folder}/key.bin",
            ),
            programme=LIVE,
            writers=(Forwarded(),),
        )
    )


def wowza(table: Table) -> Emulated:
    """Wowza: the names of playlists and segments are new in every session."""
    prefix = "wowzatoken"
    formula = partial(formulas.wowza, SECRET, table["playback_id"], prefix)
    check = Hashed(formula, f"{prefix}hash", f"{prefix}endtime")
    carrier = Query((f"{prefix}endtime", f"{prefix}hash"))
    return _server(
        table,
        Door(carrier, check),
        "chunklist_{rendition}_w{revision}.m3u8",
        "media_{rendition}_w{revision}_{number}.ts",
    )


def flussonic(table: Table) -> Emulated:
    """Flussonic: one token for playlists and segments (inferred)."""
    formula = partial(formulas.flussonic, SECRET, table["playback_id"])
    check = Hashed(formula, parts=formulas.flussonic_parts)
    return _server(
        table,
        Door(Query(("token",)), check),
        "{rendition}/mono.m3u8",
        "{rendition}/{number}.ts",
    )


_MEDIAMTX = {"mediamtx.pem": PKCS8, "shed.password": PASSWORD}

ROWS: dict[str, Row] = {
    "mediamtx": Row(Cast("mediamtx", "gate", _MEDIAMTX, SHORT), mediamtx_by_jwt),
    "mediamtx-password": Row(
        Cast("mediamtx", "shed", _MEDIAMTX), mediamtx_by_password, renewed=False
    ),
    "wowza": Row(Cast("wowza", "church", {"wowza.key": SECRET}, SHORT), wowza),
    "flussonic": Row(
        Cast("flussonic", "channel", {"flussonic.key": SECRET}, SHORT), flussonic
    ),
}

"""Platforms that open a session, or hand out a second token, at the entry."""

from urllib.parse import urlsplit

from tests.providers.emulation.asks import CHILDREN, ENTRY, Role
from tests.providers.emulation.carriers import Basic, Carrier, Header, Query
from tests.providers.emulation.checks import Check, Jwt, Known
from tests.providers.emulation.doors import UNAUTHORIZED, Door
from tests.providers.emulation.layout import Layout
from tests.providers.emulation.links import InQuery, Link, Page, Sessions
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
)

LIVE = Programme(segments=None)
PASSWORD = "a-password-of-a-viewer"


def cookie_check(piece: Piece, page: Page) -> Link | None:
    """Find out whether the client keeps cookies, as MediaMTX does."""
    rest = page.entered.rest
    if piece.role is not Role.ENTRY or "cookieCheck=1" in rest.query.split("&"):
        return None
    return Link(rest.host, rest.path, rest.query).with_query("cookieCheck=1")


def mediamtx(table: Table, carrier: Carrier, check: Check) -> Emulated:
    """MediaMTX: a session in the links, of this client, gone after 30 s of silence.

    The cookie is for TLS alone, and does not come back here.
    """
    sessions = Sessions(idle=30.0, one_client=True)
    path = urlsplit(table["url"]).path.removesuffix("/index.m3u8")
    path = path.replace("{playback_id}", table.get("playback_id", ""))
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
    """Return the path that wants a JWT."""
    permissions = [{"action": "read", "path": table["playback_id"]}]
    check = Jwt(
        PUBLIC_KEY,
        claims={"mediamtx_permissions": permissions},
        header={"kid": table["token"]["key_id"]},
    )
    return mediamtx(table, Header("Authorization", "Bearer "), check)


def mediamtx_by_password(table: Table) -> Emulated:
    """Return the path that wants a password."""
    return mediamtx(table, Basic("viewer"), Known({PASSWORD: FOREVER}))


_MEDIAMTX = {"mediamtx.pem": PKCS8, "shed.password": PASSWORD}

ROWS: dict[str, Row] = {
    "mediamtx": Row(Cast("mediamtx", "gate", _MEDIAMTX, SHORT), mediamtx_by_jwt),
    "mediamtx-password": Row(
        Cast("mediamtx", "shed", _MEDIAMTX), mediamtx_by_password, renewed=False
    ),
}

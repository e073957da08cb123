"""CDNs that require a hash over path and expiry."""

import base64
from functools import partial

from tests.providers.emulation import formulas
from tests.providers.emulation.asks import CHILDREN, ENTRY
from tests.providers.emulation.carriers import Carrier, PathParts, PathPrefix, Query
from tests.providers.emulation.checks import Check, Hashed
from tests.providers.emulation.doors import FORBIDDEN, GONE, Door, Statuses
from tests.providers.emulation.layout import Layout
from tests.providers.emulation.links import Forwarded, Signature, Writer
from tests.providers.emulation.platform import Platform
from tests.providers.emulation.programme import Programme
from tests.providers.emulation.stage import Cast
from tests.providers.platforms.row import (
    CHILD_SECONDS,
    SHORT,
    Emulated,
    Row,
    Table,
    path_of,
)

SECRET = "0a1b2c3d-4e5f-6a7b-8c9d"
IN_BASE64 = "iqFPeN2u+Z0Lm5IrsKaOFKRqEU5Gw8ePtaEkHZWuD24="
KEY = base64.b64decode(IN_BASE64)
QUERY = Query(("token", "expires"))


def guarded(
    table: Table,
    carrier: Carrier,
    check: Check,
    *,
    entry: str = "",
    statuses: Statuses = FORBIDDEN,
    writers: tuple[Writer, ...] = (),
) -> Emulated:
    """Return a CDN that checks every request in the same way; links are relative."""
    entry = entry or path_of(table)
    folder = entry.rpartition("/")[0]
    return Emulated(
        Platform(
            doors=(Door(carrier, check, statuses=statuses),),
            layout=Layout(
                entry=entry,
                playlist=f"{folder}/{{rendition}}/video.m3u8",
                segment=f"{folder}/{{rendition}}/video{{number}}.ts",
                key=f"{folder}/keys/key.bin",
            ),
            programme=Programme(),
            writers=writers,
        )
    )


def bunny(table: Table) -> Emulated:
    """Bunny by HMAC, in the path."""
    carrier = PathPrefix("bcdn_token=", ("bcdn_token", "token_path", "expires"))
    formula = partial(formulas.bunny_hmac, SECRET)
    return guarded(table, carrier, Hashed(formula, "bcdn_token"))


def bunny_query(table: Table) -> Emulated:
    """Bunny by HMAC, in the query."""
    carrier = Query(("token", "token_path", "expires"))
    return guarded(table, carrier, Hashed(partial(formulas.bunny_hmac, SECRET)))


def bunny_sha256(table: Table) -> Emulated:
    """Bunny by SHA-256, in the path."""
    carrier = PathPrefix("bcdn_token=", ("bcdn_token", "token_path", "expires"))
    formula = partial(formulas.bunny_sha256, SECRET)
    return guarded(table, carrier, Hashed(formula, "bcdn_token"))


def bunny_md5(table: Table) -> Emulated:
    """Bunny by MD5, for each URL."""
    return guarded(table, QUERY, Hashed(partial(formulas.bunny_md5, SECRET)))


def fastly(table: Table) -> Emulated:
    """Fastly: expiry and hash in one parameter."""
    formula = partial(formulas.fastly, KEY)
    check = Hashed(formula, parts=formulas.fastly_parts)
    return guarded(table, Query(("token",)), check, statuses=GONE)


def keycdn(table: Table) -> Emulated:
    """KeyCDN."""
    check = Hashed(partial(formulas.keycdn, SECRET), expires="expire")
    return guarded(table, Query(("token", "expire")), check, statuses=GONE)


def nginx(table: Table) -> Emulated:
    """Return nginx with a hash for each URL."""
    check = Hashed(partial(formulas.nginx, SECRET), "md5")
    return guarded(table, Query(("md5", "expires")), check, statuses=GONE)


def nginx_in_path(table: Table) -> Emulated:
    """Return nginx with a hash in the path, for all of a client's requests."""
    check = Hashed(partial(formulas.nginx_in_path, SECRET))
    entry = path_of(table).replace("/-/-", "")
    carrier = PathParts(2, ("token", "expires"))
    return guarded(table, carrier, check, entry=entry, statuses=GONE)


def gcore(table: Table) -> Emulated:
    """Gcore CDN; it writes the query of a playlist into its links."""
    check = Hashed(partial(formulas.gcore, SECRET), "md5")
    carrier = Query(("md5", "expires"))
    return guarded(table, carrier, check, statuses=GONE, writers=(Forwarded(),))


def gcore_streaming(table: Table) -> Emulated:
    """Gcore Video Streaming: the pair in the path."""
    formula = partial(formulas.gcore_streaming, SECRET, table["playback_id"])
    entry = path_of(table).replace("/-/-", "")
    carrier = PathParts(3, ("token", "expires"))
    return guarded(table, carrier, Hashed(formula), entry=entry, statuses=GONE)


def gumlet(table: Table) -> Emulated:
    """Gumlet: the entry's hash also opens its children (inferred)."""
    formula = partial(formulas.gumlet, KEY, path_of(table))
    return guarded(table, QUERY, Hashed(formula), writers=(Forwarded(),))


def jwplayer(table: Table, secret: str = SECRET) -> Emulated:
    """JW Player: a signed manifest; its children are signed by JWP (inferred)."""
    signature = Signature(CHILD_SECONDS)
    check = Hashed(partial(formulas.jwplayer, secret), "sig", "exp")
    signed = Query(("expires", "signature"), decoded=False)
    return Emulated(
        Platform(
            doors=(
                Door(Query(("exp", "sig")), check, ENTRY),
                Door(signed, signature, CHILDREN, own=False),
            ),
            layout=Layout(
                entry=path_of(table),
                playlist="/media/{rendition}.m3u8",
                segment="/media/{rendition}/{number}.ts",
                key="/media/key.bin",
                hosts=dict.fromkeys(CHILDREN, ("media",)),
            ),
            writers=(signature.write,),
        )
    )


BUNNY = {"bunny.key": SECRET}
GCORE = {"gcore.key": SECRET}
NGINX = {"nginx.key": SECRET}

ROWS: dict[str, Row] = {
    "bunny": Row(Cast("bunny", "film", BUNNY, SHORT), bunny),
    "bunny-query": Row(Cast("bunny", "concert", BUNNY, SHORT), bunny_query),
    "bunny-sha256": Row(Cast("bunny", "archive", BUNNY, SHORT), bunny_sha256),
    "bunny-md5": Row(Cast("bunny", "attic", BUNNY, SHORT), bunny_md5),
    "fastly": Row(Cast("fastly", "match", {"fastly.key": IN_BASE64}, SHORT), fastly),
    "keycdn": Row(Cast("keycdn", "course", {"keycdn.key": SECRET}, SHORT), keycdn),
    "nginx": Row(Cast("nginx-secure-link", "yard", NGINX, SHORT), nginx),
    "nginx-in-path": Row(
        Cast("nginx-secure-link", "hall", NGINX, SHORT), nginx_in_path
    ),
    "gcore": Row(Cast("gcore", "event", GCORE, SHORT), gcore),
    "gcore-streaming": Row(Cast("gcore", "clip", GCORE, SHORT), gcore_streaming),
    "gumlet": Row(Cast("gumlet", "lesson", {"gumlet.key": IN_BASE64}, SHORT), gumlet),
    "jwplayer": Row(
        Cast("jwplayer", "news", {"jwplayer.key": SECRET}, SHORT), jwplayer
    ),
}

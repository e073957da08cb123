"""Platforms whose API hands out the token, or the whole URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import jwt

from tests.providers.emulation import formulas
from tests.providers.emulation.asks import (
    CHILDREN,
    ENTRY,
    Ask,
    Reason,
    RefusedError,
    Role,
)
from tests.providers.emulation.carriers import Basic, Header, PathParts, Query, Shown
from tests.providers.emulation.checks import Hashed, Jwt, Known, Once
from tests.providers.emulation.doors import GONE, UNAUTHORIZED, Door
from tests.providers.emulation.layout import HOME, Layout
from tests.providers.emulation.links import Link, Page
from tests.providers.emulation.platform import Platform
from tests.providers.emulation.policies import EdgeAuth
from tests.providers.emulation.programme import Piece, Programme
from tests.providers.emulation.service import (
    Call,
    TokenService,
    bearer,
    by,
    oauth2,
    rfc3339,
)
from tests.providers.emulation.stage import Cast
from tests.providers.platforms.hash_cdns import guarded, jwplayer
from tests.providers.platforms.jwt_platforms import cloudflare
from tests.providers.platforms.row import (
    CHILD_SECONDS,
    FOREVER,
    LIFETIME,
    PKCS1,
    PRIVATE_KEY,
    Emulated,
    Row,
    Table,
    path_of,
)

SECRET = "0123456789abcdef0123456789abcdef"
BEARER = Header("Authorization", "Bearer ")
LIVE = Programme(segments=None)


def cloudflare_api(table: Table) -> Emulated:
    """Cloudflare's API makes the same JWT that a user's own key makes.

    The answer does not contain its expiry; the times in it are strings.
    """
    video, key_id = table["playback_id"], "made-by-cloudflare"

    def make(number: int, ends: float) -> str:
        claims = {"sub": video, "kid": key_id, "exp": str(int(ends)), "n": number}
        return jwt.encode(claims, PRIVATE_KEY, "RS256", {"kid": key_id})

    service = TokenService(
        f"/client/v4/accounts/{table['variables']['account']}/stream/{video}/token",
        bearer(SECRET, method="POST"),
        shape=lambda token, *_: {"result": {"token": token}, "success": True},
        make=make,
    )
    made = cloudflare({**table, "token": {"key_id": key_id}}, LIVE)
    return Emulated(made.platform, (service,))


def gcore_pairs(table: Table) -> Emulated:
    """Gcore's pairs from the user's own service."""
    video, secret = table["playback_id"], "gcore-key"

    def make(number: int, ends: float) -> str:
        del number
        return formulas.md5(f"{video}_{secret}_{int(ends)}_")

    service = TokenService(
        "/gcore-token",
        lambda call: call.method == "GET",
        shape=lambda token, ends, _: {"token": token, "expires": int(ends)},
        make=make,
    )
    check = Hashed(partial(formulas.gcore_streaming, secret, video))
    made = guarded(
        table,
        PathParts(3, ("token", "expires")),
        check,
        entry=path_of(table).replace("/-/-", ""),
        statuses=GONE,
    )
    return Emulated(made.platform, (service,))


def vimeo(table: Table, video: str = "") -> Emulated:
    """Vimeo: a link that redirects to a CDN, whose URLs live shorter."""
    service = TokenService(
        f"/videos/{video or table['playback_id']}?fields=play.hls",
        bearer(SECRET),
        shape=lambda token, ends, _: {
            "play": {
                "hls": {
                    "link": f"$home/v/playlist.m3u8?s={token}",
                    "link_expiration_time": rfc3339(ends),
                }
            }
        },
        known=Known(name="s"),
    )
    signed = EdgeAuth(SECRET, "exp", seconds=CHILD_SECONDS)

    def to_cdn(piece: Piece, page: Page) -> Link | None:
        rest = page.entered.rest
        if piece.role is not Role.ENTRY or rest.host != HOME:
            return None
        return Link("cdn", f"/{signed.issue(rest, page.now)}{rest.path}")

    return Emulated(
        Platform(
            doors=(
                Door(Query(("s",)), service.known, ENTRY),
                Door(PathParts(1, ("exp",)), signed, own=False),
            ),
            layout=Layout(
                entry="/v/playlist.m3u8",
                playlist="/v/{rendition}/index.m3u8",
                segment="/v/{rendition}/{number}.ts",
                key="/v/key.bin",
                hosts={Role.ENTRY: (HOME, "cdn"), **dict.fromkeys(CHILDREN, ("cdn",))},
            ),
            moves=(to_cdn,),
        ),
        (service,),
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """A token that was used for an entry opens its children, for a day (a Check)."""

    entry: Once

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Refuse a token that has not been used yet."""
        del ask
        if "&".join(shown.values()) not in self.entry.spent:
            raise RefusedError(Reason.BAD)
        return now + 86_400.0


def api_video(table: Table) -> Emulated:
    """api.video: a link for one use; its path then opens the rest."""
    video = table["playback_id"]
    folder = f"/vod/{video}/hls"
    service = TokenService(
        f"/videos/{video}",
        by(Header("Authorization", "Basic "), Known({SECRET: FOREVER})),
        shape=lambda token, *_: {
            "assets": {"hls": f"$home/vod/{video}/token/{token}/hls/manifest.m3u8"}
        },
    )
    once = Once(service.known)
    carrier = PathParts(3, ("word", "token"))
    return Emulated(
        Platform(
            doors=(
                Door(carrier, once, ENTRY, UNAUTHORIZED),
                Door(carrier, Opened(once), CHILDREN, UNAUTHORIZED),
            ),
            layout=Layout(
                entry=f"{folder}/manifest.m3u8",
                playlist=f"{folder}/{{rendition}}/manifest.m3u8",
                segment=f"{folder}/{{rendition}}/{{number}}.ts",
                key=f"{folder}/key.bin",
            ),
        ),
        (service,),
    )


@dataclass(slots=True)
class Login:
    """A refresh token that is replaced at each use."""

    current: str = "refresh-token-0000"
    used: int = 0

    def allows(self, call: Call) -> bool:
        """Accept the refresh token with the client's secret; the next replaces it."""
        wanted = {
            "grant_type": "refresh_token",
            "refresh_token": self.current,
            "client_secret": SECRET,
        }
        if call.method != "POST" or not wanted.items() <= call.form.items():
            return False
        self.used += 1
        self.current = f"refresh-token-{self.used:04d}"
        return True

    def answer(self, token: str, ends: float, now: float) -> Mapping[str, object]:
        """Return the answer, which contains the next refresh token."""
        return {**oauth2(token, ends, now), "refresh_token": self.current}


def peertube(table: Table) -> Emulated:
    """PeerTube: an account's token pays for a token for the files of a video."""
    login = Login()
    account = TokenService(
        "/api/v1/users/token", login.allows, shape=login.answer, lifetime=2.5 * LIFETIME
    )
    files = TokenService(
        f"/api/v1/videos/{table['playback_id']}/token",
        by(BEARER, account.known, method="POST"),
        shape=lambda token, ends, _: {
            "files": {"token": token, "expires": rfc3339(ends)}
        },
        make=lambda number, _: f"file-token-{number:08d}",
        known=Known(name="videoFileToken"),
    )
    made = guarded(table, Query(("videoFileToken",)), files.known)
    return Emulated(made.platform, (account, files))


def jwplayer_api(table: Table) -> Emulated:
    """JW Player: a JWT opens the API, which signs the manifest."""
    path = f"/manifests/{table['playback_id']}.m3u8"

    def make(number: int, ends: float) -> str:
        del number
        shown = {"exp": str(int(ends))}
        return f"exp={int(ends)}&sig={formulas.jwplayer(SECRET, shown, Ask('', path))}"

    resource = f"/v2/media/{table['playback_id']}"
    service = TokenService(
        resource,
        by(Query(("token",)), Jwt(SECRET, "HS256", {"resource": resource})),
        shape=lambda query, *_: {
            "playlist": [{"sources": [{"file": f"$home{path}?{query}"}]}]
        },
        make=make,
    )
    return Emulated(jwplayer(table, SECRET).platform, (service,))


def oauth2_origin(table: Table) -> Emulated:
    """Any origin behind OAuth 2; the client authenticates by Basic."""

    def allows(call: Call) -> bool:
        form = {"grant_type": "client_credentials", "scope": "video.read"}
        return client(call) and form.items() <= call.form.items()

    client = by(Basic("yard"), Known({SECRET: FOREVER}), method="POST")
    service = TokenService("/oauth2/token", allows)
    made = guarded(table, BEARER, service.known, statuses=UNAUTHORIZED)
    return Emulated(made.platform, (service,))


VIMEO = {"vimeo.token": SECRET}
PEERTUBE = {"peertube.secret": SECRET, "peertube.refresh": "refresh-token-0000"}
JWPLAYER = {"jwplayer.key": SECRET}

ROWS: dict[str, Row] = {
    "cloudflare-api": Row(
        Cast(
            "cloudflare-stream",
            "webinar",
            {"cloudflare.pem": PKCS1, "cloudflare.token": SECRET},
        ),
        cloudflare_api,
    ),
    "gcore-pairs": Row(Cast("gcore", "trailer", {"gcore.key": "unused"}), gcore_pairs),
    "vimeo": Row(Cast("vimeo", "talk", VIMEO), vimeo),
    "vimeo-family": Row(
        Cast("vimeo", "video", VIMEO), partial(vimeo, video="12345"), member="12345"
    ),
    "api-video": Row(
        Cast("api-video", "workshop", {"apivideo.key": SECRET}), api_video
    ),
    "peertube": Row(Cast("peertube", "assembly", PEERTUBE), peertube),
    "jwplayer-api": Row(
        Cast("jwplayer", "sports", JWPLAYER, {"token__ttl": f"{LIFETIME:.0f}"}),
        jwplayer_api,
    ),
    "oauth2": Row(Cast("oauth2", "yard", {"yard.secret": SECRET}), oauth2_origin),
}

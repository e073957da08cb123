"""Puts a stream together from its settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from proxy.app.keepers import family_keeper, keeper_of
from proxy.app.lifetime import Lifetime
from proxy.app.placements import rule_of
from proxy.app.reports import Reports
from proxy.app.services import hold_login
from proxy.app.signing import signing_key_of
from proxy.app.surroundings import Surroundings
from proxy.core.hls.names import Volatile
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.http.answers import Statuses
from proxy.fetch.guarding import SecretGuard
from proxy.fetch.reading import PlaylistLimits
from proxy.fetch.stamping import OwnHeaders
from proxy.fetch.standing import Standing
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.settings import LimitSettings
from proxy.settings.sources.preissued import StaticToken
from proxy.settings.sources.signing import Signing
from proxy.settings.stream.stream import StreamSettings
from proxy.streams.presentation import Blueprint
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.turns.allowance import Allowance
from proxy.upstream.client import Upstream
from proxy.upstream.session import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What all members of a family have in common; a stream by itself has its own."""

    name: str
    reports: Reports
    upstream: Upstream
    allowance: Allowance
    """What they may ask of a token service, together."""
    key: SigningKey | None = field(default=None, repr=False)
    """With which a family signs."""
    keeper: Keeper | None = None
    """Of the one token that serves a whole family."""


def common_of(
    name: str,
    settings: StreamSettings,
    reports: Reports,
    around: Surroundings,
    user: Lifetime,
) -> Common:
    """Return what the streams of this name have in common; it ends with its user.

    Raises StartError for a key that cannot be used, or a login that cannot be kept.
    """
    hold_login(settings.token, around.services, user)
    upstream = Upstream(
        policy=_policy(settings),
        clock=around.clock,
        report=reports.exchange,
        user_agent=_user_agent(settings) or around.user_agent,
    )
    user.closes(upstream.close)
    return Common(
        name=name,
        reports=reports,
        upstream=upstream,
        allowance=Allowance(clock=around.clock),
        key=_family_key(settings, around),
        keeper=family_keeper(name, settings, reports.refresh, around, user=user),
    )


def blueprint_of(
    settings: StreamSettings,
    common: Common,
    around: Surroundings,
    *,
    local: str,
    user: Lifetime,
) -> tuple[Blueprint, Keeper | None]:
    """Return what the stream is made of, and the keeper of its token.

    `local` is where players find it below the program.
    """
    reports, limits = common.reports, around.settings.limits
    rule = rule_of(settings)
    keeper = common.keeper or keeper_of(
        common.name,
        settings,
        reports.refresh,
        around,
        user=user,
        key=common.key,
        allowance=common.allowance,
    )
    sessions = Sessions(
        cookies=settings.cookies,
        renewed=settings.renewed_headers,
        origins=rule.reach.origins,
    )
    policy = _policy(settings)
    blueprint = Blueprint(
        name=common.name,
        local=local,
        url=settings.url,
        rule=rule,
        volatile=Volatile(settings.volatile.query, settings.volatile.path),
        allowed=policy.allows_origin,
        upstream=common.upstream,
        keeper=keeper,
        statuses=Statuses(settings.refused, settings.not_ready),
        own=OwnHeaders(tuple(settings.headers.items()), policy.origins),
        sessions=sessions,
        guard=_guard(settings, sessions, reports.exposed, keeper),
        standing=Standing(local),
        skewed=partial(_skewed, keeper, reports),
        doubted=keeper.doubted if keeper else None,
        limits=_limits(limits),
        names=limits.names_per_stream,
        budget=around.names,
        selections=limits.selections_per_stream,
        lasting=not settings.family,
        key_bytes=limits.key_bytes,
        parameters=settings.player_parameters,
        client_data=settings.cmcd_on_media,
        store=around.snapshots,
        editions=around.editions,
        warnings=PlaylistWarnings(reports.playlist_warning),
        clock=around.clock,
        played=keeper.played if keeper else _nothing,
    )
    return blueprint, keeper


def _family_key(settings: StreamSettings, around: Surroundings) -> SigningKey | None:
    """Return the key with which all members of a family sign.

    `None` if there is no family or nothing to sign. Raises StartError for a key that
    cannot be used: a member is built while a player waits, which is too late for that.
    """
    if not settings.family or not isinstance(settings.token, Signing):
        return None
    return signing_key_of(
        settings.token,
        environ=around.environ,
        shared=around.settings.server.shared_secret_files,
    )


def _guard(
    settings: StreamSettings,
    sessions: Sessions,
    exposed: Callable[[str], None],
    keeper: Keeper | None,
) -> SecretGuard:
    """Return what knows the secrets that no player may see."""
    fields = tuple(settings.headers.items())
    guard = SecretGuard(fields, settings.url, sessions, exposed, keeper)
    if isinstance(settings.token, StaticToken):
        guard.look_at(settings.token.secrets().values())
    return guard


def _skewed(keeper: Keeper | None, reports: Reports, skew: float) -> None:
    """Take in a measurement of the upstream's clock."""
    if keeper is not None:
        keeper.measured(skew)
    reports.skewed(skew)


def _nothing() -> None:
    """Take no note of a player: no token is kept ahead."""


def _user_agent(settings: StreamSettings) -> str | None:
    """Return the configured one: it goes to every origin, other headers do not."""
    named = {name.lower(): value for name, value in settings.headers.items()}
    return named.get("user-agent")


def _policy(settings: StreamSettings) -> AddressPolicy:
    own = {uri.origin(settings.url)}
    origins = settings.origins | settings.reach_origins | own
    return AddressPolicy(origins, public=settings.follow == "public")


def _limits(settings: LimitSettings) -> PlaylistLimits:
    return PlaylistLimits(
        playlist_bytes=settings.playlist_bytes,
        playlist_lines=settings.playlist_lines,
        line_bytes=settings.line_bytes,
    )

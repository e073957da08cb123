"""Builds the values of a stream from its settings."""

from functools import partial

from proxy.app.common import Common, policy_of
from proxy.app.keepers import keeper_of
from proxy.app.lifetime import Lifetime
from proxy.app.placements import rule_of
from proxy.app.surroundings import Surroundings
from proxy.core.hls.names import Volatile
from proxy.core.hls.prefetch import PrefetchLimits
from proxy.core.http.answers import Statuses
from proxy.core.tokens.placing.rule import Rule
from proxy.events.exposed_secret import SecretExposed
from proxy.fetch.guarding import SecretGuard
from proxy.fetch.mean_skew import MeanSkew
from proxy.fetch.reading import PlaylistLimits
from proxy.fetch.stamping import OwnHeaders
from proxy.fetch.token_standing import TokenStanding
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.localise.uses import alone
from proxy.settings import LimitSettings
from proxy.settings.sources.preissued import StaticToken
from proxy.settings.stream.stream import StreamSettings
from proxy.sharing.fills import Fills
from proxy.streams.blueprint import Blueprint, StreamLimits
from proxy.tokens.keepers.keeper import Keeper
from proxy.upstream.session import Sessions

_SEGMENTS_AHEAD = 2
_SECONDS_AHEAD = 12.0
"""Enough to play on while the line is cut for ten seconds, and then asked again."""


def blueprint_of(
    settings: StreamSettings,
    common: Common,
    around: Surroundings,
    *,
    local: str,
    user: Lifetime,
) -> tuple[Blueprint, Keeper | None]:
    """Return the stream's blueprint and the keeper of its token.

    `local` is the stream's path below the proxy.
    """
    keeper = common.keeper or keeper_of(
        common.name,
        settings,
        common.sinks.tell,
        around,
        local=local,
        user=user,
        key=common.key,
        allowance=common.allowance,
    )
    return _blueprint(settings, common, around, local, keeper), keeper


def _blueprint(
    settings: StreamSettings,
    common: Common,
    around: Surroundings,
    local: str,
    keeper: Keeper | None,
) -> Blueprint:
    rule, policy = rule_of(settings), policy_of(settings)
    sessions = _sessions(settings, rule)
    return Blueprint(
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
        guard=_guard(common, settings, sessions, keeper),
        standing=TokenStanding(local),
        skewed=partial(_skewed, keeper, common.skew),
        doubted=keeper.doubted if keeper else None,
        limits=_limits(around.settings.limits),
        caches=around.caches,
        lasting=not settings.family,
        parameters=settings.player_parameters,
        client_data=settings.cmcd_on_media,
        redirects=settings.delivery == "redirect",
        fills=_fills(settings, common, around),
        agree=around.commons.agree(local) if around.commons else alone,
        trusted=settings.store.trust == "playlist",
        ahead=_ahead(settings),
        warnings=PlaylistWarnings(common.name, common.sinks.tell),
        clock=around.clock,
        played=keeper.played if keeper else _nothing,
    )


def _sessions(settings: StreamSettings, rule: Rule) -> Sessions:
    return Sessions(
        cookies=settings.cookies,
        renewed=settings.renewed_headers,
        origins=rule.reach.origins,
    )


def _ahead(settings: StreamSettings) -> PrefetchLimits:
    """Return how much is fetched ahead; nothing if tokens are used only once."""
    store = settings.store
    if store.ahead is not None:
        return PrefetchLimits(store.ahead, store.ahead_bytes)
    if settings.binding == "once":
        return PrefetchLimits(0, store.ahead_bytes)
    return PrefetchLimits(_SEGMENTS_AHEAD, store.ahead_bytes, _SECONDS_AHEAD)


def _fills(
    settings: StreamSettings, common: Common, around: Surroundings
) -> Fills | None:
    """Return what shares the stream's requests for resources; None if nothing does."""
    if not settings.store.keep:
        return None
    return Fills(
        around.store,
        trusted=settings.store.trust == "playlist",
        counts=common.sinks.stored,
        clock=around.clock,
    )


def _guard(
    common: Common,
    settings: StreamSettings,
    sessions: Sessions,
    keeper: Keeper | None,
) -> SecretGuard:
    """Return the guard that knows which secrets no player may see."""

    def exposed(what: str) -> None:
        common.sinks.tell(SecretExposed(common.name, what))

    fields = tuple(settings.headers.items())
    guard = SecretGuard(fields, settings.url, sessions, report=exposed, payer=keeper)
    if isinstance(settings.token, StaticToken):
        guard.look_at(settings.token.secrets().values())
    return guard


def _skewed(keeper: Keeper | None, mean: MeanSkew, skew: float) -> None:
    """Record a measurement of the upstream's clock."""
    if keeper is not None:
        keeper.measured(skew)
    mean.measured(skew)


def _nothing() -> None:
    """Do nothing: without a keeper there is no token to prepare for a player."""


def _limits(settings: LimitSettings) -> StreamLimits:
    return StreamLimits(
        playlists=PlaylistLimits(
            playlist_bytes=settings.playlist_bytes,
            playlist_lines=settings.playlist_lines,
            line_bytes=settings.line_bytes,
        ),
        names=settings.names_per_stream,
        selections=settings.selections_per_stream,
        key_bytes=settings.key_bytes,
    )

"""Builds streams from their settings, and reads how they are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from proxy.app.keepers import keeper_of
from proxy.app.placements import rule_of
from proxy.app.reports import Reports
from proxy.app.signing import signing_key_of
from proxy.app.surroundings import Surroundings
from proxy.core.hls.names import Marks, Volatile
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.http.answers import Statuses
from proxy.core.tokens.placing.rule import Rule
from proxy.fetch.asking import Asker
from proxy.fetch.guarding import SecretGuard
from proxy.fetch.reading import PlaylistLimits
from proxy.fetch.stamping import OwnHeaders
from proxy.localise.catalog import ENTRY
from proxy.localise.playlist_warnings import PlaylistWarning, PlaylistWarnings
from proxy.settings import LimitSettings
from proxy.settings.sources.preissued import StaticToken
from proxy.settings.sources.signing import Signing
from proxy.settings.stream.stream import StreamSettings
from proxy.streams.passing import Passing
from proxy.streams.presentation import Blueprint
from proxy.streams.selections import Selections
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.keys.signing_key import SigningKey
from proxy.upstream.client import Upstream
from proxy.upstream.session import Session


@dataclass(frozen=True, slots=True)
class BuiltStream:
    """A stream, and the parts that somebody must run or ask for their state."""

    stream: Selections
    keeper: Keeper | None
    entry: str = field(repr=False)
    """The URL of its entry, without a token."""


def upstream_of(
    settings: StreamSettings, reports: Reports, around: Surroundings
) -> Upstream:
    """Return the client of a stream, or of all members of a family."""
    return Upstream(
        policy=_policy(settings),
        clock=around.clock,
        report=reports.exchange,
        user_agent=_user_agent(settings) or around.user_agent,
    )


def family_key(settings: StreamSettings, around: Surroundings) -> SigningKey | None:
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


def stream_of(
    name: str,
    settings: StreamSettings,
    upstream: Upstream,
    reports: Reports,
    around: Surroundings,
    *,
    local: str,
    key: SigningKey | None = None,
    keeper: Keeper | None = None,
) -> BuiltStream:
    """Return the stream; `local` is where players find it below the program.

    `key` and `keeper` are those of its family; a stream of its own has its own.
    """
    rule = rule_of(settings)
    keeper = keeper or keeper_of(name, settings, reports.refresh, around, key)
    session = Session(
        cookies=settings.cookies,
        renewed=settings.renewed_headers,
        origins=rule.reach.origins,
    )
    skewed = partial(_skewed, keeper, reports)
    limits = around.settings.limits
    volatile = Volatile(settings.volatile.query, settings.volatile.path)
    blueprint = Blueprint(
        name=name,
        local=local,
        entry=rule.blank(settings.url, entry=True),
        asker=_asker(
            settings, rule, upstream, keeper, session, skewed, reports.exposed
        ),
        marks=Marks(rule, volatile),
        allowed=_policy(settings).allows_origin,
        limits=_limits(limits),
        names=limits.names_per_stream,
        full=partial(reports.playlist_warning, PlaylistWarning.FULL, ENTRY),
        store=around.snapshots,
        editions=around.editions,
        passing=Passing(
            settings.player_parameters, rule.hidden, settings.cmcd_on_media
        ),
        key_bytes=limits.key_bytes,
        warnings=PlaylistWarnings(reports.playlist_warning),
        chores=around.chores,
        clock=around.clock,
        session=session,
        played=_nothing if keeper is None else keeper.played,
    )
    return BuiltStream(Selections(blueprint), keeper, blueprint.entry)


def _asker(
    settings: StreamSettings,
    rule: Rule,
    upstream: Upstream,
    keeper: Keeper | None,
    session: Session,
    skewed: Callable[[float], None],
    exposed: Callable[[str], None],
) -> Asker:
    """Return what asks the upstream, with the stream's token and header fields."""
    fields = tuple(settings.headers.items())
    own = OwnHeaders(fields, _policy(settings).origins)
    guard = SecretGuard(fields, settings.url, session, exposed)
    if isinstance(settings.token, StaticToken):
        guard.look_at(settings.token.secrets().values())
    statuses = Statuses(settings.refused, settings.not_ready)
    doubted = None if keeper is None else keeper.doubted
    return Asker(upstream, rule, keeper, statuses, own, session, guard, skewed, doubted)


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

"""Builds the keeper of a stream's token; the binding determines which kind."""

from dataclasses import dataclass
from functools import partial

from proxy.app.elsewhere import QUEUE_SECONDS, Report
from proxy.app.lifetime import Lifetime
from proxy.app.services import service_of
from proxy.app.sources import (
    AnyToken,
    attempt_seconds,
    keeps_login,
    signs_itself,
    source_of,
    tell_skew,
)
from proxy.app.surroundings import Surroundings
from proxy.errors import StartError
from proxy.settings.sources.signing import Signing
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.placeholders import MEMBER
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.keepers.once_keeper import OnceKeeper
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.keepers.url_keeper import UrlKeeper
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.source import Source, UrlSigner
from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A source, and how it is asked."""

    source: Source
    turn: Turn | None
    report: Report
    attempt_seconds: float


def keeper_of(
    name: str,
    settings: StreamSettings,
    report: Report,
    around: Surroundings,
    *,
    local: str = "",
    user: Lifetime,
    key: SigningKey | None = None,
    allowance: Allowance | None = None,
) -> Keeper | None:
    """Return the keeper, or None for an open stream; it is closed with `user`.

    `local` is the stream's path below the proxy; without it, the stream's name. A
    family passes its shared `key` and `allowance`; a single stream has its own. Raises
    StartError if a key cannot be used.
    """
    if settings.token is None:
        return None
    asked = _asked_here_or_elsewhere(
        settings,
        settings.token,
        report,
        around,
        local=local or name,
        user=user,
        key=key,
        allowance=allowance,
    )
    if settings.binding == "url":
        return _url_keeper(name, asked, around)
    keeper = _kept(name, settings, settings.token, asked, around)
    user.closes(keeper.close)
    return keeper


def _kept(
    name: str,
    settings: StreamSettings,
    token: AnyToken,
    asked: _Asked,
    around: Surroundings,
) -> Keeper:
    warm = settings.warm == "always" or keeps_login(token)
    once = settings.binding == "once"
    keeper: Keeper = (OnceKeeper if once else partial(StreamKeeper, warm=warm))(
        asked.source,
        stream=name,
        local=signs_itself(token),
        clock=around.clock,
        rng=around.rng,
        report=asked.report,
        attempt_seconds=asked.attempt_seconds,
        turn=asked.turn,
    )
    tell_skew(asked.source, keeper)
    return keeper


def _asked_here_or_elsewhere(
    settings: StreamSettings,
    token: AnyToken,
    report: Report,
    around: Surroundings,
    *,
    local: str,
    user: Lifetime,
    key: SigningKey | None,
    allowance: Allowance | None,
) -> _Asked:
    """Return the source, which may ask another process instead of the service."""
    service, seconds = service_of(token), attempt_seconds(token)
    if service is None or around.elsewhere is None:
        return _Asked(
            source=source_of(token, around, entry=settings.url, user=user, key=key),
            turn=around.services.turn(token, allowance),
            report=report,
            attempt_seconds=seconds,
        )
    issued = around.elsewhere.issued(local, service, user)
    allowance = allowance or Allowance(clock=around.clock)
    return _Asked(
        source=issued.source,
        turn=Turn(issued.queue, allowance),
        report=issued.heard(report),
        attempt_seconds=seconds + QUEUE_SECONDS,
    )


def _url_keeper(name: str, asked: _Asked, around: Surroundings) -> UrlKeeper:
    if not isinstance(asked.source, UrlSigner):
        raise StartError(f"stream {name}: this source signs for no single URL")
    return UrlKeeper(asked.source, stream=name, clock=around.clock, report=asked.report)


def family_keeper(
    name: str,
    settings: StreamSettings,
    report: Report,
    around: Surroundings,
    *,
    user: Lifetime,
) -> Keeper | None:
    """Return the keeper that all members of a family share, if one token serves all.

    That is the case if somebody else issues the token and nothing in it depends on the
    member's id. Otherwise a service would be asked a thousand times for the same token
    by a thousand members.
    """
    token = settings.token
    if not settings.family or token is None or isinstance(token, Signing):
        return None
    if settings.binding != "stream" or MEMBER in token.holes():
        return None
    return keeper_of(name, settings, report, around, user=user)

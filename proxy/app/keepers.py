"""Builds the keeper of a stream's token; the binding determines which kind."""

from collections.abc import Callable
from functools import partial

from proxy.app.elsewhere import QUEUE_SECONDS
from proxy.app.lifetime import Lifetime
from proxy.app.services import service_of
from proxy.app.sources import (
    attempt_seconds,
    keeps_login,
    signs_itself,
    source_of,
    tell_skew,
)
from proxy.app.surroundings import Surroundings
from proxy.errors import StartError
from proxy.events.refresh import Refresh
from proxy.settings.sources.signing import Signing
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.placeholders import MEMBER
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.keepers.once_keeper import OnceKeeper
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.keepers.url_keeper import UrlKeeper
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.source import UrlSigner
from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.turn import Turn


def keeper_of(
    name: str,
    settings: StreamSettings,
    report: Callable[[Refresh], None],
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
    service = service_of(settings.token)
    seconds = attempt_seconds(settings.token)
    if service is not None and around.elsewhere is not None:
        issued = around.elsewhere.issued(local or name, service, user)
        allowance = allowance or Allowance(clock=around.clock)
        source, turn = issued.source, Turn(issued.queue, allowance)
        report, seconds = issued.heard(report), seconds + QUEUE_SECONDS
    else:
        turn = around.services.turn(settings.token, allowance)
        source = source_of(
            settings.token, around, entry=settings.url, user=user, key=key
        )
    if settings.binding == "url":
        if not isinstance(source, UrlSigner):
            raise StartError(f"stream {name}: this source signs for no single URL")
        return UrlKeeper(source, stream=name, clock=around.clock, report=report)
    warm = settings.warm == "always" or keeps_login(settings.token)
    once = settings.binding == "once"
    keeper: Keeper = (OnceKeeper if once else partial(StreamKeeper, warm=warm))(
        source,
        stream=name,
        local=signs_itself(settings.token),
        clock=around.clock,
        rng=around.rng,
        report=report,
        attempt_seconds=seconds,
        turn=turn,
    )
    tell_skew(source, keeper)
    user.closes(keeper.close)
    return keeper


def family_keeper(
    name: str,
    settings: StreamSettings,
    report: Callable[[Refresh], None],
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

"""What all members of a family share; a single stream has its own."""

from dataclasses import dataclass, field
from functools import partial

from proxy.app.keepers import family_keeper
from proxy.app.lifetime import Lifetime
from proxy.app.services import hold_login
from proxy.app.signing import signing_key_of
from proxy.app.sinks import StreamSinks
from proxy.app.surroundings import Surroundings
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.fetch.asking import Upstream
from proxy.fetch.mean_skew import MeanSkew
from proxy.settings.sources.signing import Signing
from proxy.settings.stream.stream import StreamSettings
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.turns.allowance import Allowance
from proxy.upstream.client import UpstreamClient
from proxy.upstream.standby import CONNECTIONS, Standby


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The shared parts of the streams of one name."""

    name: str
    sinks: StreamSinks
    upstream: Upstream
    skew: MeanSkew
    allowance: Allowance
    """What they may request from a token service, together."""
    key: SigningKey | None = field(default=None, repr=False)
    """The key that a family signs with."""
    keeper: Keeper | None = None
    """The keeper of the one token that serves a whole family."""


def common_of(
    name: str,
    settings: StreamSettings,
    sinks: StreamSinks,
    around: Surroundings,
    user: Lifetime,
    *,
    line: Upstream | None = None,
) -> Common:
    """Return what the streams of this name share; it ends with its user.

    `line` takes the place of the HTTP client.

    Raises StartError if a key cannot be used or a login cannot be kept.
    """
    if around.elsewhere is None:
        hold_login(settings.token, around.services, user)
    client = UpstreamClient(
        stream=name,
        policy=policy_of(settings),
        clock=around.clock,
        report=sinks.tell,
        user_agent=_user_agent(settings) or around.user_agent,
        preconnects=settings.preconnect,
    )
    user.closes(client.close)
    if settings.preconnect and line is None:
        user.runs(_standby(client, settings, around).running)
    return Common(
        name=name,
        sinks=sinks,
        upstream=line or client,
        skew=MeanSkew(name, sinks.tell),
        allowance=Allowance(clock=around.clock),
        key=_family_key(settings, around),
        keeper=family_keeper(name, settings, sinks.tell, around, user=user),
    )


def _standby(
    client: UpstreamClient, settings: StreamSettings, around: Surroundings
) -> Standby:
    return Standby(
        partial(client.connect, settings.url, CONNECTIONS),
        around.connecting,
        always=settings.warm == "always",
        clock=around.clock,
    )


def _family_key(settings: StreamSettings, around: Surroundings) -> SigningKey | None:
    """Return the key with which all members of a family sign.

    None if this is no family or nothing is signed. Raises StartError if the key cannot
    be used. This must not wait until a member is built, because then a player is
    already waiting.
    """
    if not settings.family or not isinstance(settings.token, Signing):
        return None
    return signing_key_of(
        settings.token,
        environ=around.environ,
        shared=around.settings.server.shared_secret_files,
    )


def _user_agent(settings: StreamSettings) -> str | None:
    """Return the configured User-Agent: unlike other headers, every origin gets it."""
    named = {name.lower(): value for name, value in settings.headers.items()}
    return named.get("user-agent")


def policy_of(settings: StreamSettings) -> AddressPolicy:
    """Return which addresses a stream may reach."""
    own = {uri.origin(settings.url)}
    origins = settings.origins | settings.reach_origins | own
    return AddressPolicy(origins, public=settings.follow == "public")

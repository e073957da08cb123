"""Builds token sources from their settings."""

from proxy.app.lifetime import Lifetime
from proxy.app.preissued import GivenToken, given_source
from proxy.app.services import http_source, oauth2_source
from proxy.app.signing import signer_of, signing_key_of
from proxy.app.surroundings import Surroundings
from proxy.core.tokens.refresh.refresh_policy import ATTEMPT_SECONDS
from proxy.settings.sources.command import CommandToken
from proxy.settings.sources.http import HttpToken
from proxy.settings.sources.oauth2 import OAuth2Token
from proxy.settings.sources.sign_hash import SignHash
from proxy.settings.sources.sign_jwt import SignJwt
from proxy.settings.sources.signing import Signing
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.source import Measuring, Source

_END_SECONDS = 2.0
"""How much longer an attempt may take than its command: the command is killed first."""

AnyToken = GivenToken | HttpToken | OAuth2Token | SignJwt | SignHash


def source_of(
    token: AnyToken,
    around: Surroundings,
    *,
    entry: str,
    user: Lifetime,
    key: SigningKey | None = None,
) -> Source:
    """Return the source; raises StartError if a key cannot be used.

    `entry` is the URL of the stream's entry. What the source shares with others stays
    alive for as long as `user` does. A source that signs uses `key`; without `key` it
    reads its own key now.
    """
    clock, environ = around.clock, around.environ
    shared = around.settings.server.shared_secret_files
    match token:
        case HttpToken():
            using = _payer(token.using, around, entry, user) if token.using else None
            return http_source(token, around.services, using=using)
        case OAuth2Token():
            return oauth2_source(token, around.services, user)
        case SignJwt() | SignHash():
            return signer_of(
                token,
                entry=entry,
                key=key or signing_key_of(token, environ=environ, shared=shared),
                clock=clock,
                rng=around.rng,
            )
        case _:
            return given_source(token, environ=environ, shared=shared, clock=clock)


def signs_itself(token: AnyToken) -> bool:
    """Return whether a token costs no more than a signature."""
    return isinstance(token, Signing)


def keeps_login(token: object) -> bool:
    """Return whether the tokens depend on a login that ends if it is not used.

    Identity providers end idle sessions: Keycloak does so after 30 minutes by default.
    Then somebody has to log in by hand.
    """
    return isinstance(token, OAuth2Token) and token.refresh_token is not None


def attempt_seconds(token: AnyToken) -> float:
    """Return how many seconds an attempt to get a token may take."""
    match token:
        case CommandToken():
            return token.timeout + _END_SECONDS
        case HttpToken() if token.using is not None:
            return attempt_seconds(token.using) + ATTEMPT_SECONDS
        case _:
            return ATTEMPT_SECONDS


def tell_skew(source: Source, keeper: Keeper) -> None:
    """Let a source that measures a service's clock report the skew to the keeper."""
    if isinstance(source, Measuring):
        source.measured = keeper.measured_issuer


def _payer(token: AnyToken, around: Surroundings, entry: str, user: Lifetime) -> Keeper:
    """Return the keeper of a token that authorises requests for other tokens.

    All who use this token share one keeper, which is closed with the last of them. Only
    a token that is signed here has a keeper for each user. The keeper runs in the
    background only if it keeps a login; otherwise it checks its token whenever asked.
    Failures show up in the attempts for the other tokens.
    """

    def make(lifetime: Lifetime) -> Keeper:
        source = source_of(token, around, entry=entry, user=lifetime)
        payer = StreamKeeper(
            source,
            stream="a token that pays for another",
            local=signs_itself(token),
            clock=around.clock,
            rng=around.rng,
            report=lambda _: None,
            attempt_seconds=attempt_seconds(token),
        )
        tell_skew(source, payer)
        lifetime.closes(payer.close)
        if keeps_login(token):
            lifetime.runs(payer.running)
        return payer

    if signs_itself(token):
        return make(user)
    return around.services.payers.of(token, make, user=user)

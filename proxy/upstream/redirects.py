"""Follow redirects by hand: every hop is checked and stamped separately.

aiohttp's own handling would send custom headers to another origin.
"""

from dataclasses import field, replace
from math import inf

from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.tokens.placing.rule import Stamped
from proxy.core.tokens.secrets.recogniser import gives_away
from proxy.core.values import value
from proxy.errors import AddressRefusedError, RedirectRefusedError
from proxy.upstream.question import Question

# Platforms need one or two: a URL shortener, a session, a load balancer.
MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@value
class Hop:
    """One URL on the way to the answer."""

    url: str = field(repr=False)
    """The URL without our token."""
    stamped: Stamped
    secrets: frozenset[str] = field(repr=False)
    """The token values that this hop and the previous ones carried."""
    unseen: frozenset[str] = field(default=frozenset(), repr=False)
    """Other parts of those URLs that no player may see."""
    number: int = 0
    kept_seconds: float = inf
    """How many seconds the redirects that led here may be cached."""
    handed_on: bool = False
    """Whether this URL was obtained with a token, and so works in its place."""

    @property
    def host(self) -> str:
        """The host, for messages. They must not contain any other part of a URL."""
        return uri.origin(self.stamped.url).partition("://")[2]

    @property
    def secure(self) -> bool:
        """Whether it uses TLS."""
        return uri.split(self.stamped.url).scheme.lower() == "https"


def first_hop(question: Question, policy: AddressPolicy) -> Hop:
    """Return the hop that a question starts with."""
    hop = hop_of(question.url, question.stamp(question.url))
    _check(hop, policy)
    return hop


async def restamped(question: Question, hop: Hop, policy: AddressPolicy) -> Hop:
    """Return the hop for a retry, with a new stamp if it carried a token.

    A token that is itself a URL may now point elsewhere, or be refused.
    """
    if not hop.stamped.carried:
        return hop
    stamped = await question.again(hop.url)
    again = replace(
        hop,
        stamped=stamped,
        secrets=hop.secrets | stamped.secrets,
        unseen=hop.unseen | stamped.unseen,
    )
    _check(again, policy)
    return again


def hop_of(url: str, stamped: Stamped, before: Hop | None = None) -> Hop:
    """Return the hop for a URL, following the hop `before`."""
    if before is None:
        secrets, unseen = stamped.secrets, stamped.unseen
        return Hop(url, stamped, secrets, unseen, handed_on=stamped.handed_on)
    return Hop(
        url,
        stamped,
        before.secrets | stamped.secrets,
        before.unseen | stamped.unseen,
        before.number + 1,
        handed_on=before.handed_on or stamped.handed_on,
    )


def next_hop(
    hop: Hop, location: bytes, question: Question, policy: AddressPolicy
) -> Hop:
    """Return the hop that a Location leads to; raise RedirectRefusedError if forbidden.

    The target is relative to the URL that was sent. A target that does not get the
    token must not contain an earlier one either.
    """
    if hop.number == MAX_REDIRECTS:
        raise RedirectRefusedError(f"{hop.host}: more than {MAX_REDIRECTS} redirects")
    target = uri.resolve(hop.stamped.url, location)
    if target is None:
        raise RedirectRefusedError(f"{hop.host}: a redirect to no web address")
    url = question.clean(target[0])
    stamped = question.stamp(url)
    following = hop_of(url, stamped, hop)
    if hop.secure and not following.secure:
        raise RedirectRefusedError(f"{hop.host}: a redirect away from https")
    renewed = question.session.among.secrets if question.session else ()
    secrets, origin = hop.secrets.union(renewed), uri.origin(stamped.url)
    if not policy.allows_origin(stamped.url):
        raise _forbidden(hop, "" if gives_away(origin, secrets) else origin)
    if not stamped.carried and gives_away(stamped.url, secrets):
        raise RedirectRefusedError(f"{hop.host}: a redirect that gives the token away")
    return following


def _check(hop: Hop, policy: AddressPolicy) -> None:
    if not policy.allows_origin(hop.stamped.url):
        refused = AddressRefusedError(f"{hop.host}: not an origin of the stream")
        refused.forbidden = uri.origin(hop.stamped.url)
        raise refused


def _forbidden(hop: Hop, origin: str) -> RedirectRefusedError:
    host = origin.partition("://")[2]
    where = f"{host}, which is" if host else "an origin that is"
    error = RedirectRefusedError(f"{hop.host}: a redirect to {where} not allowed")
    error.forbidden = origin
    return error

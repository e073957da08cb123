"""An answer over HTTP, and where it came from."""

from collections.abc import Callable

from proxy.core.http import uri
from proxy.core.tokens.secrets.credentials import (
    credentials_of,
    secrets_of_url,
    user_of,
)
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.core.tokens.times.skew import skew_of
from proxy.timeouts import Timeout
from proxy.upstream.exchange import Received
from proxy.upstream.http_body import HttpBody
from proxy.upstream.meter import Meter
from proxy.upstream.redirects import Hop


class HttpAnswer(HttpBody):
    """An answer over a connection of a pool; see the protocol `Answer`."""

    def __init__(
        self,
        received: Received,
        *,
        method: str,
        hop: Hop,
        text: bool,
        meter: Meter,
        times: tuple[float, float],
        silence: Callable[[], Timeout],
        release: Callable[[], None],
    ) -> None:
        """Start without reading, as `HttpBody` does.

        `times`: when the request was sent and when the head arrived, in epoch seconds.
        """
        super().__init__(
            received,
            method=method,
            hop=hop,
            text=text,
            meter=meter,
            silence=silence,
            release=release,
        )
        self._times = times
        self._sent: frozenset[str] | None = None
        self._private: Recogniser | None = None

    @property
    def url(self) -> str:
        """The URL that answered, without a token. References are relative to it.

        If the token is itself a URL, this is the token. Do not show it then.
        """
        hop = self._hop
        return hop.stamped.url if hop.stamped.moved else hop.url

    @property
    def sent_query(self) -> str | None:
        """The query as it was sent, including the token."""
        return uri.split(self._hop.stamped.url).query

    @property
    def origin(self) -> str:
        """The origin that answered."""
        return uri.origin(self._hop.stamped.url)

    @property
    def skew(self) -> float | None:
        """How many seconds the upstream's clock is ahead of ours; None if unknown."""
        sent, received = self._times
        date, age = self.headers.get("Date"), self.headers.get("Age")
        return skew_of(date, age, sent=sent, received=received)

    @property
    def carried(self) -> bool:
        """Whether the answered request carried the token, or something in its place."""
        return self._hop.stamped.carried or self._hop.handed_on

    @property
    def secrets(self) -> frozenset[str]:
        """The values of the token that were sent on the way here."""
        return self._hop.secrets

    @property
    def sent(self) -> frozenset[str]:
        """All secrets that were sent: the token and other credentials."""
        if self._sent is None:
            hop = self._hop
            last = hop.stamped
            beside = credentials_of(last.headers) | user_of(last.url)
            self._sent = self.secrets | hop.unseen | beside
        return self._sent

    @property
    def private(self) -> Recogniser:
        """Recognises what no player may see; by default the secrets that were sent."""
        if self._private is None:
            self._private = Recogniser(self.sent)
        return self._private

    @private.setter
    def private(self, private: Recogniser) -> None:
        self._private = private

    @property
    def echoes(self) -> frozenset[str]:
        """Parts of the request that the answer may repeat and that must not be logged.

        Includes too much rather than too little.
        """
        return self.sent | self.private.given | secrets_of_url(self._hop.stamped.url)

    @property
    def moved(self) -> bool:
        """Whether the token is itself a URL, which was requested."""
        return self._hop.stamped.moved

    @property
    def redirected(self) -> bool:
        """Whether redirects led to a URL other than the requested one."""
        return self._hop.number > 0

    @property
    def redirect_seconds(self) -> float:
        """For how many seconds the redirects that led here may be cached."""
        return self._hop.kept_seconds

"""What no player of a stream may see: all that the stream sends and that is not public.

It is one set for the whole stream. A playlist that was asked for without the token may
repeat it all the same, since servers and their caches share what they were told.
"""

from collections import deque
from collections.abc import Callable, Collection

from proxy.core.http.headers import Fields
from proxy.core.tokens.secrets.credentials import (
    credentials_of,
    exposed,
    password_of,
    user_of,
)
from proxy.core.tokens.secrets.recogniser import Recogniser, recognisable
from proxy.upstream.answer import Answer
from proxy.upstream.session import Sessions

MOST_RECENT = 4
"""How many tokens are remembered; a cache may repeat one that was replaced."""


_NOTHING: frozenset[str] = frozenset()


class SecretGuard:
    """Knows the secrets of one stream: configured, given by its upstream, or tokens."""

    def __init__(
        self,
        own: Fields = (),
        url: str = "",
        sessions: Sessions | None = None,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`own` are the configured header fields, `url` is that of the entry.

        `sessions` are those of all selections. `report` is told, in words, what cannot
        be recognised: short values, numbers.
        """
        self._report = report
        for name in exposed(own):
            report(f"the header {name}")
        if (password := password_of(url)) and not recognisable([password]):
            report("the password in the URL")
        self._own = credentials_of(own) | user_of(url)
        self._sessions = sessions
        self._recent: deque[frozenset[str]] = deque(maxlen=MOST_RECENT)
        self._given: frozenset[str] | None = None
        self._grown = False
        self._of: frozenset[str] = frozenset()
        self._recogniser = Recogniser()

    def recogniser(self, answer: Answer, *, remember: bool) -> Recogniser:
        """Return what recognises them in an answer; the same one until they change.

        What was sent for this answer alone need not be remembered.
        """
        sent = answer.sent
        if remember:
            self._remember(answer)
        given = self._sessions.credentials if self._sessions else _NOTHING
        if given is not self._given or self._grown:
            self._given, self._grown = given, False
            known = self._own.union(given, *self._recent)
            if known != self._of:
                self._of, self._recogniser = known, Recogniser(known)
        return self._recogniser.joined(sent)

    def look_at(self, token: Collection[str]) -> None:
        """Report a token, by its values, of which none can be recognised."""
        if token and not recognisable(token):
            self._report("the token")

    def _remember(self, answer: Answer) -> None:
        sent = answer.sent
        if sent and sent not in self._recent:
            self._recent.append(sent)
            self._grown = True
            self.look_at(answer.secrets)

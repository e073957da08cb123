"""Knows the secrets of a stream: everything non-public that the stream sends.

There is one set for the whole stream. A playlist requested without the token may still
contain it, because servers and their caches share what they were sent.
"""

from collections import deque
from collections.abc import Callable, Collection
from typing import Protocol

from proxy.core.http.headers import Fields
from proxy.core.tokens.secrets.credentials import (
    credentials_of,
    exposed,
    password_of,
    secrets_in_query,
    user_of,
)
from proxy.core.tokens.secrets.recogniser import Recogniser, recognisable
from proxy.upstream.session import Sessions

MOST_RECENT = 4
"""How many tokens are remembered; a cache may repeat a token that was replaced."""


_NOTHING: frozenset[str] = frozenset()


class Sent(Protocol):
    """What was sent for an answer."""

    @property
    def sent(self) -> frozenset[str]:
        """All secrets that were sent: the token and other credentials."""
        ...

    @property
    def secrets(self) -> frozenset[str]:
        """The values of the token that were sent."""
        ...


class Payer(Protocol):
    """An object that obtains tokens, such as a keeper."""

    @property
    def paid(self) -> frozenset[str]:
        """The secrets that were recently sent to obtain tokens."""
        ...


class SecretGuard:
    """Knows the secrets of one stream.

    They are the configured ones, those given by its upstream, its tokens, and those
    sent to obtain tokens.
    """

    def __init__(
        self,
        own: Fields = (),
        url: str = "",
        sessions: Sessions | None = None,
        *,
        report: Callable[[str], None] = lambda _: None,
        payer: Payer | None = None,
    ) -> None:
        """`own` are the configured header fields; `url` is the entry's URL.

        `sessions` are the sessions of all selections. `report` is called with the name
        of a secret that cannot be recognised: a short value or a number. `payer` knows
        what was sent to obtain tokens.
        """
        self._report = report
        for name in exposed(own):
            report(f"the header {name}")
        if (password := password_of(url)) and not recognisable([password]):
            report("the password in the URL")
        self._own = credentials_of(own) | user_of(url) | secrets_in_query(url)
        self._payer = payer
        self._sessions = sessions
        self._recent: deque[frozenset[str]] = deque(maxlen=MOST_RECENT)
        self._given: frozenset[str] | None = None
        self._paid = _NOTHING
        self._grown = False
        self._of: frozenset[str] = frozenset()
        self._recogniser = Recogniser()

    def recogniser(self, answer: Sent, *, remember: bool) -> Recogniser:
        """Return a recogniser for the secrets that an answer may contain.

        It is the same object until the secrets change. Unless `remember`, what was sent
        for this answer is not kept for later answers.
        """
        sent = answer.sent
        if remember:
            self._remember(answer)
        given = self._sessions.credentials if self._sessions else _NOTHING
        paid = self._payer.paid if self._payer else _NOTHING
        if given is not self._given or paid != self._paid or self._grown:
            self._given, self._paid, self._grown = given, paid, False
            known = self._own.union(given, paid, *self._recent)
            if known != self._of:
                self._of, self._recogniser = known, Recogniser(known)
        return self._recogniser.joined(sent)

    def look_at(self, token: Collection[str]) -> None:
        """Report the token if none of its values can be recognised."""
        if token and not recognisable(token):
            self._report("the token")

    def _remember(self, answer: Sent) -> None:
        sent = answer.sent
        if sent and sent not in self._recent:
            self._recent.append(sent)
            self._grown = True
            self.look_at(answer.secrets)

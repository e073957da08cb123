"""The requests to an emulated platform, and which of them should not have been sent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.providers.emulation.asks import Ask, Reason, Role
from tests.providers.emulation.platform import Answered

# Shorter texts and decimal times are found anywhere by chance and open nothing.
_SHORTEST_SECRET = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """One request."""

    at: float
    ask: Ask
    answered: Answered = field(repr=False)

    @property
    def role(self) -> Role | None:
        """What was requested."""
        return self.answered.role

    @property
    def own(self) -> bool:
        """Whether it had to carry the credential of the stream."""
        return self.answered.door is not None and self.answered.door.own


@dataclass(slots=True)
class Record:
    """All requests, in order."""

    seen: list[Seen] = field(default_factory=list)

    def own(self) -> list[Seen]:
        """Return the requests that had to carry the credential of the stream."""
        return [seen for seen in self.seen if seen.own]

    def shown(self) -> set[str]:
        """Return the different credentials of the stream that were accepted."""
        return {
            "&".join(seen.answered.shown.values())
            for seen in self.own()
            if seen.answered.life is not None
        }

    def refusals(self) -> Counter[tuple[str, Reason]]:
        """Return how often each role was refused for each reason."""
        return Counter(
            (str(seen.role), seen.answered.reason)
            for seen in self.seen
            if seen.answered.reason is not None
        )

    def own_refusals(self) -> Counter[tuple[str, Reason]]:
        """Return the refusals of the stream's own credential."""
        return Record(self.own()).refusals()

    def secrets(self) -> set[str]:
        """Return all texts that only the platform may see."""
        texts = {text for seen in self.seen for text in seen.answered.shown.values()}
        texts |= {seen.answered.issued for seen in self.seen}
        return set(_telling(texts))

    def strays(self) -> list[Seen]:
        """Return the requests that carried the stream's credential without need."""
        texts = (text for seen in self.own() for text in seen.answered.shown.values())
        secrets = set(_telling(texts))
        return [
            seen for seen in self.seen if not seen.own and holds(seen.ask.text, secrets)
        ]


def holds(text: str, secrets: Iterable[str]) -> bool:
    """Return whether a text contains one of them, percent-encoded or not."""
    plain = unquote(text)
    return any(secret in text or secret in plain for secret in secrets)


def _telling(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if len(text) >= _SHORTEST_SECRET and not text.isdecimal():
            yield text
            yield unquote(text)

"""Counts the requests to the origin per stream; returns frozen values."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

UNKNOWN = "unknown"
"""The stream of a request that names no known stream."""


class Refusal(StrEnum):
    """Why a request was refused."""

    MISSING_TOKEN = "missing token"  # noqa: S105 -- a reason
    BAD_TOKEN = "bad token"  # noqa: S105 -- a reason
    EXPIRED_TOKEN = "expired token"  # noqa: S105 -- a reason
    FORGED_CHILD = "forged child signature"
    EXPIRED_CHILD = "expired child signature"


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """The requests to one stream."""

    requests: int = 0
    refusals: Mapping[Refusal, int] = field(default_factory=dict)
    stray_tokens: int = 0
    """Requests that carried a token where they should not."""
    least_token_life: float | None = None
    """The fewest seconds until expiry that an accepted token had left."""


@dataclass(frozen=True, slots=True)
class Record:
    """The requests to the origin, by stream."""

    streams: Mapping[str, StreamRecord]

    def stream(self, name: str) -> StreamRecord:
        """Return one stream's record; it is empty if there were no requests."""
        return self.streams.get(name, StreamRecord())

    @property
    def requests(self) -> int:
        """Return the number of all requests."""
        return sum(stream.requests for stream in self.streams.values())

    @property
    def refusals(self) -> Mapping[Refusal, int]:
        """Return the number of refusals by reason."""
        total: Counter[Refusal] = Counter()
        for stream in self.streams.values():
            total.update(stream.refusals)
        return dict(total)

    @property
    def stray_tokens(self) -> int:
        """Return the number of requests that carried a token where they should not."""
        return sum(stream.stray_tokens for stream in self.streams.values())


class Recorder:
    """Counts the requests to one origin. Not thread-safe."""

    def __init__(self) -> None:
        self._requests: Counter[str] = Counter()
        self._refusals: dict[str, Counter[Refusal]] = {}
        self._strays: Counter[str] = Counter()
        self._lives: dict[str, float] = {}

    def note(
        self,
        stream: str,
        *,
        refusal: Refusal | None = None,
        stray: bool = False,
        token_life: float | None = None,
    ) -> None:
        """Count one request."""
        self._requests[stream] += 1
        self._strays[stream] += stray
        if refusal is not None:
            self._refusals.setdefault(stream, Counter())[refusal] += 1
        if token_life is not None:
            least = min(token_life, self._lives.get(stream, token_life))
            self._lives[stream] = least

    def snapshot(self) -> Record:
        """Return the counts so far."""
        return Record({name: self._stream(name) for name in sorted(self._requests)})

    def _stream(self, name: str) -> StreamRecord:
        return StreamRecord(
            requests=self._requests[name],
            refusals=dict(self._refusals.get(name, {})),
            stray_tokens=self._strays[name],
            least_token_life=self._lives.get(name),
        )

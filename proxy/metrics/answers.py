"""Metrics about the answers to players."""

from proxy.metrics.tally import counter
from proxy.metrics.times import Durations

_SERVER_ERROR = "5xx"


class AnswerMetrics:
    """The answers of each stream. For use in the event loop's thread only."""

    def __init__(self) -> None:
        self._requests = counter(
            "player_requests", "Requests of players", "stream", "status_class"
        )
        self._bytes = counter(
            "player_bytes", "Bytes of bodies sent to players", "stream"
        )
        self._seconds = Durations(
            "player_request_seconds", "Time to the head of an answer"
        )
        self._cuts = counter(
            "player_cuts", "Answers to players that were cut off", "stream", "cause"
        )
        self.parts = (self._requests, self._seconds, self._bytes, self._cuts)

    def begin(self, stream: str) -> None:
        """Show a stream's server errors as 0 before the first one."""
        self._requests.begin(stream, _SERVER_ERROR)

    def count(self, stream: str, status: int, sent: int, seconds: float) -> None:
        """Count an answer; `stream` is empty if there is none."""
        self._requests.add(stream, f"{status // 100}xx")
        self._bytes.add(stream, by=sent)
        self._seconds.add(seconds)

    def cut(self, stream: str, cause: str) -> None:
        """Count an answer that was cut off, labelled with the cause."""
        self._cuts.add(stream, cause)

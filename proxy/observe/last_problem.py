"""The latest trouble of one stream, in a few words."""

from proxy.events.event import Event
from proxy.events.refresh import Outcome, Reason, Refresh
from proxy.events.upstream import Exchange

_FAILED = "its source failed"
_WORDS = {
    Reason.ASKED_TO_WAIT: "its source asked to wait",
    Reason.PERMANENT: "its source failed, and will until something changes",
}


class LastProblem:
    """A sink of the events of one stream, or of all members of a family."""

    def __init__(self) -> None:
        self._problems: dict[str, str] = {}  # by sort, the latest at the end

    @property
    def text(self) -> str | None:
        """The latest trouble in a few words, until the same sort of thing succeeds."""
        return next(reversed(self._problems.values()), None)

    def __call__(self, event: Event) -> None:
        """Take note of what went wrong, or goes well again."""
        match event:
            case Exchange():
                self._exchange(event)
            case Refresh():
                self._refresh(event)

    def _exchange(self, event: Exchange) -> None:
        refused = event.refused
        trouble = event.failure or (f"status {event.status}" if refused else None)
        # By role: a playlist that comes does not mean that its segments do.
        self._note(event.kind, trouble and f"upstream, {event.kind}: {trouble}")
        if trouble is None:
            self._note(Outcome.REJECTED, None)

    def _refresh(self, event: Refresh) -> None:
        """Note why there is no token; one that came ends the trouble before it."""
        match event.outcome:
            case Outcome.CLOCK_JUMPED:
                pass
            case Outcome.REJECTED:
                self._note(Outcome.REJECTED, "token: the upstream refuses it")
            case Outcome.FAILED:
                self._note("token", f"token: {_WORDS.get(event.reason, _FAILED)}")
            case _:
                self._note("token", None)

    def _note(self, sort: str, problem: str | None) -> None:
        self._problems.pop(sort, None)
        if problem is not None:
            self._problems[sort] = problem

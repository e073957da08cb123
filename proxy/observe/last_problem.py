"""Keep the latest problem of one stream, in a few words."""

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
        self._problems: dict[str, str] = {}  # by sort, the latest last

    @property
    def text(self) -> str | None:
        """The latest problem in a few words; None if there is none.

        A problem is dropped after the next success of the same sort.
        """
        return next(reversed(self._problems.values()), None)

    def __call__(self, event: Event) -> None:
        """Record a failure, or clear it after a success."""
        match event:
            case Exchange():
                self._exchange(event)
            case Refresh():
                self._refresh(event)

    def _exchange(self, event: Exchange) -> None:
        refused = event.refused
        trouble = event.failure or (f"status {event.status}" if refused else None)
        # By role: a successful playlist does not mean that its segments succeed.
        self._note(event.kind, trouble and f"upstream, {event.kind}: {trouble}")
        if trouble is None:
            self._note(Outcome.REJECTED, None)

    def _refresh(self, event: Refresh) -> None:
        """Record why there is no token; a new token clears the problem."""
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

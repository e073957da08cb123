"""What came of asking a source for a token."""

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum

from proxy.errors import SourceError


class Outcome(StrEnum):
    """What came of an attempt to get a token."""

    REFRESHED = "refreshed"
    """A new token came."""
    MINTED = "minted"
    """The same, signed by ourselves."""
    UNCHANGED = "unchanged"
    """A valid token that is no later than the one that is kept."""
    FAILED = "failed"
    REJECTED = "rejected"
    """The upstream refuses the token, and another one is no cure: the source gave the
    same one again, or new ones are refused too, so none is forced for a while."""
    CLOCK_JUMPED = "clock-jumped"
    """No attempt: after a suspend or a step of the clock everything is judged anew."""


TROUBLES = frozenset({Outcome.FAILED, Outcome.REJECTED})
"""Those that leave a stream without a token, sooner or later."""


class Reason(StrEnum):
    """Why; a label of metrics."""

    NONE = ""
    FAULT = "fault"
    """The source gave no token this time."""
    ASKED_TO_WAIT = "asked-to-wait"
    """The other side named a time."""
    PERMANENT = "permanent"
    """Trying again soon is useless: a revoked grant, an unreadable file."""
    SHORT_LIVED = "short-lived"
    """The token lives so short that its source is asked all the time."""


def reason_of(error: SourceError) -> Reason:
    """Return why an attempt failed."""
    if not error.recoverable:
        return Reason.PERMANENT
    return Reason.FAULT if error.retry_after is None else Reason.ASKED_TO_WAIT


@dataclass(frozen=True, slots=True)
class Refresh:
    """One attempt, or why there was none. Holds no secret."""

    stream: str
    outcome: Outcome
    _: KW_ONLY
    generation: int
    """Of the token that is kept now; 0 is none."""
    lives: float | None = None
    """Lifetime of the token that came, in seconds; `None` if unknown or none came."""
    reason: Reason = Reason.NONE
    detail: str = ""
    """The text of the error, for the log."""

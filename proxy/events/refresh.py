"""The result of asking a source for a token."""

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum

from proxy.errors import SourceError


class Outcome(StrEnum):
    """The result of an attempt to get a token."""

    REFRESHED = "refreshed"
    """The source returned a new token."""
    MINTED = "minted"
    """The same, for a token that we signed ourselves."""
    UNCHANGED = "unchanged"
    """The source returned a valid token that is not newer than the current one."""
    FAILED = "failed"
    REJECTED = "rejected"
    """The upstream refuses the token and another token does not help: the source
    returned the same one, or new ones are refused too. So no new token is forced for a
    while."""
    CLOCK_JUMPED = "clock-jumped"
    """No attempt: the clock was stepped or the system was suspended, so everything is
    checked again."""


TROUBLES = frozenset({Outcome.FAILED, Outcome.REJECTED})
"""Outcomes that leave a stream without a token, sooner or later."""


class Reason(StrEnum):
    """Why an attempt failed; a label of metrics."""

    NONE = ""
    FAULT = "fault"
    """The source returned no token this time."""
    ASKED_TO_WAIT = "asked-to-wait"
    """The other side said how long to wait."""
    PERMANENT = "permanent"
    """A retry soon is useless: a revoked grant, an unreadable file."""
    SHORT_LIVED = "short-lived"
    """The token's lifetime is so short that its source is asked all the time."""


def reason_of(error: SourceError) -> Reason:
    """Return why an attempt failed."""
    if not error.recoverable:
        return Reason.PERMANENT
    return Reason.FAULT if error.retry_after is None else Reason.ASKED_TO_WAIT


@dataclass(frozen=True, slots=True)
class Refresh:
    """One attempt to get a token, or why there was none. Holds no secret."""

    stream: str
    outcome: Outcome
    _: KW_ONLY
    generation: int
    """The generation of the current token; 0 means there is none."""
    lives: float | None = None
    """Lifetime of the new token in seconds; None if unknown or if there is none."""
    reason: Reason = Reason.NONE
    detail: str = ""
    """The text of the error, for the log."""
    elsewhere: bool = False
    """Whether another process made this attempt, which reports it too."""

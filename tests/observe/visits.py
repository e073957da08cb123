"""Ended visits, for sinks."""

from proxy.events.visit import VisitEnded


def visit(
    *,
    path: str = "main/seg1.ts",
    page: bool = False,
    status: int | None = None,
    head_seconds: float = 0.0,
    seconds: float = 0.0,
    sent: int = 0,
    problem: str | None = None,
    detail: str | None = None,
    cut: str | None = None,
) -> VisitEnded:
    """Return the visit of a player to the lobby."""
    return VisitEnded(
        method="GET",
        stream="lobby",
        path=path,
        page=page,
        status=status,
        head_seconds=head_seconds,
        seconds=seconds,
        sent=sent,
        problem=problem,
        detail=detail,
        cut=cut,
    )

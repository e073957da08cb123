"""Exchanges with an upstream, as they are reported."""

from proxy.core.http.answers import Blame
from proxy.core.kind import Kind
from proxy.events.upstream import Exchange


def exchange(
    kind: Kind,
    status: int | None,
    failure: Blame | None = None,
    *,
    hedged: bool = False,
) -> Exchange:
    """Return an exchange whose head took 0.1 s."""
    return Exchange(
        "lobby",
        kind,
        status,
        failure,
        head_seconds=0.1,
        seconds=60.0,
        received=5,
        hedged=hedged,
    )

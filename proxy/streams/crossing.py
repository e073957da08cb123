"""Which fields of an upstream's answer a player gets."""

from proxy.core.http.headers import Fields, to_player
from proxy.core.http.media_types import relayed_type
from proxy.core.kind import Kind
from proxy.core.tokens.rule import gives_away
from proxy.upstream.answer import Answer


def crossing(answer: Answer, *, playlist: bool) -> Fields:
    """Return those that may cross, less what holds the token: some upstreams echo."""
    fields = to_player(answer.headers.items(), playlist=playlist)
    secrets = answer.secrets
    if not secrets:
        return fields
    return tuple(pair for pair in fields if not gives_away(pair[1], secrets))


def crossing_with(answer: Answer, kind: Kind) -> Fields:
    """Return those of a resource that is relayed, its type made harmless."""
    return tuple(
        (name, relayed_type(kind, value) if name.lower() == "content-type" else value)
        for name, value in crossing(answer, playlist=False)
    )

"""Which fields of an upstream's answer a player gets."""

from collections.abc import Iterator

from proxy.core.http.headers import Fields, to_player
from proxy.core.http.media_types import relayed_type
from proxy.core.kind import Kind
from proxy.upstream.answer import Answer

_TYPE = "content-type"


def crossing(answer: Answer, *, playlist: bool) -> Fields:
    """Return the fields to pass on, without those that contain a secret.

    Some upstreams repeat secrets in their fields. An ETag that contains one is dropped
    like any other field. Our own ETag could not replace it, because the upstream would
    not know it in later requests.
    """
    fields = to_player(answer.headers.items(), playlist=playlist)
    private = answer.private
    if not private.holds("\n".join([value for _, value in fields])):
        return fields
    return tuple(pair for pair in fields if not private.holds(pair[1]))


def crossing_with(answer: Answer, kind: Kind) -> Fields:
    """Return the fields of a relayed resource, with a harmless Content-Type."""
    fields = crossing(answer, playlist=False)
    for said in answer.headers.getall(_TYPE, ()):
        if relayed_type(kind, said) != said:
            return tuple(_typed(fields, kind))
    return fields


def _typed(fields: Fields, kind: Kind) -> Iterator[tuple[str, str]]:
    for name, value in fields:
        typed = name.lower() == _TYPE
        yield name, relayed_type(kind, value) if typed else value

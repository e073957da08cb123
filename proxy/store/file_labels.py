"""Labels for files on a disk: which resource a file holds, and its metadata."""

import math
from typing import Any

from proxy.store.key import Key, Span
from proxy.store.port import Head
from proxy.store.record import Label


def label_of(key: Key, head: Head) -> Label:
    """Return the label of a resource's file."""
    endless = math.isinf(head.fresh_seconds)
    return {
        "key": _told(key),
        "headers": [list(field) for field in head.headers],
        "born_at": head.born_at,
        "fresh_seconds": None if endless else head.fresh_seconds,
        "total": head.total,
    }


def key_and_head(label: Label) -> tuple[Key, Head]:
    """Return what a label says; raise ValueError if it is not of a resource."""
    try:
        *parts, span = label["key"]
        fresh = label["fresh_seconds"]
        head = Head(
            tuple((name, value) for name, value in label["headers"]),
            label["born_at"],
            math.inf if fresh is None else fresh,
            label["total"],
        )
        return Key._make([*parts, None if span is None else Span(*span)]), head
    except (KeyError, TypeError) as exc:
        raise ValueError("the file holds no resource") from exc


def _told(key: Key) -> list[Any]:
    return [*key[:-1], None if key.span is None else list(key.span)]

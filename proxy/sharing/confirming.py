"""Renews a kept resource after the upstream confirmed it with a 304."""

from proxy.core.http.headers import Fields
from proxy.core.kind import Kind
from proxy.sharing.fill_orders import Order
from proxy.sharing.growing_body import PIECE_BYTES
from proxy.sharing.keeping import head_of, kept_fields
from proxy.store.port import Head, Kept, Store


def confirmed(
    store: Store,
    order: Order,
    stale: Kept,
    fields: Fields,
    *,
    trusted: bool,
    now: float,
) -> Kept:
    """Return the kept resource with new times, from the `fields` of the 304.

    The bytes are copied, because a kept resource never changes. If there is no room for
    a copy, the old resource is returned unchanged.
    """
    head = _renewed(stale.head, fields, order.kind, trusted=trusted, now=now)
    with stale:
        writing = order.begin(store, order.key, stale.size)
        if writing is None:
            return stale
        for start in range(0, stale.size, PIECE_BYTES):
            piece = stale.read(start, min(start + PIECE_BYTES, stale.size))
            if not writing.append(piece):
                writing.drop()
                return stale
        return writing.commit(head)


def _renewed(
    head: Head, fields: Fields, kind: Kind, *, trusted: bool, now: float
) -> Head:
    """Return a head updated with the fields of a 304 (RFC 9111 section 4.3.4)."""
    names = {name.lower() for name, _ in fields}
    kept = tuple(pair for pair in head.headers if pair[0].lower() not in names)
    renewed = head_of(kept + fields, kind, trusted=trusted, now=now, total=head.total)
    return renewed or Head(kept_fields(kept + fields), now, 0.0, head.total)

"""Decides whether rewriting a playlist takes so long that it needs a thread."""

from proxy.localise.draft import Draft

# Rewriting more than this would block the event loop for about 10 ms.
_OWN_THREAD_BYTES = 200 * 1024
# Marks of lines that take tens of microseconds, where other lines take one. Before each
# mark is a byte that it contains, because a search for one byte is ten times as fast.
_EXPENSIVE = (
    (b"=", b"URI="),
    # A variant has attributes.
    (b"=", b"#EXT-X-STREAM-INF"),
    (b"{", b"{$"),
    (b"%", b"%25"),
    (b"\\", b"\\"),
    (b"&", b"&#"),
)
_MOST_EXPENSIVE = 200
_NEVER_EXPENSIVE_BYTES = 2 * 1024
# These lines also take time for their length: a line of 1 KB takes 600 µs.
_EXPENSIVE_BYTES = 32 * 1024
# Empty lines take half a microsecond.
_MOST_LINES = 20_000


def is_expensive(draft: Draft) -> bool:
    """Return whether rewriting a playlist would block the event loop for too long."""
    body = draft.body
    return len(body) > _OWN_THREAD_BYTES or _is_expensive_for_its_size(draft, body)


def _is_expensive_for_its_size(draft: Draft, body: bytes) -> bool:
    if len(body) <= _NEVER_EXPENSIVE_BYTES:
        return False
    long = len(body) > _EXPENSIVE_BYTES
    known = sum(len(block.text) for block in draft.before.blocks)
    if known > len(body) // 2 and not long:
        return False  # a reload has little to do
    expensive = sum(body.count(mark) for byte, mark in _EXPENSIVE if byte in body)
    lines = max(body.count(b"\n"), body.count(b"\r") if b"\r" in body else 0)
    return (
        expensive > (0 if long else _MOST_EXPENSIVE)
        or lines > _MOST_LINES
        or b"CONTENT-STEERING" in body
    )

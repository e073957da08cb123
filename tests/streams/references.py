"""References as the rewriter would find them in a playlist below D."""

from proxy.core.hls.playlist import Reference
from proxy.core.kind import Kind

D = "https://cdn.example/live/ch1/"


def reference(
    url: str,
    kind: Kind = Kind.SEGMENT,
    tag: str = "",
    *,
    absolute: bool = False,
    **attributes: str,
) -> Reference:
    """Return a reference as the rewriter would find it."""
    names = {name.replace("_", "-"): value for name, value in attributes.items()}
    written = url.removeprefix(D)
    return Reference(url, kind, tag, names, absolute, written)

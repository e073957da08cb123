"""The parts of a URL that platforms hash or sign, as they are written in it."""

from proxy.core.http import uri

PARTS = frozenset({"url", "origin", "path", "directory", "query", "joint"})
"""Their names."""
DIFFERING = PARTS - {"origin"}
"""Those that differ from URL to URL of one stream."""


def request_parts(url: str) -> dict[str, bytes]:
    """Return the parts by name, percent-encoded as they are.

    `path` is never empty. `directory` is the path up to its last slash, that included.
    `joint` goes before a parameter that is appended: `?`, or `&` behind a query.
    """
    parts = uri.split(url)._replace(fragment=None)
    path = parts.path or "/"
    host = (parts.authority or "").rpartition("@")[2]
    texts = {
        "url": uri.join(parts),
        "origin": f"{parts.scheme}://{host}",
        "path": path,
        "directory": path.rpartition("/")[0] + "/",
        "query": parts.query or "",
        "joint": "?" if parts.query is None else "&",
    }
    return {name: text.encode() for name, text in texts.items()}

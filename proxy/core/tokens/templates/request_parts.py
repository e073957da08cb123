"""The parts of a URL that platforms hash or sign, exactly as written in the URL."""

from proxy.core.http import uri

PARTS = frozenset({"url", "origin", "path", "directory", "query", "joint"})
"""The names of the parts."""
DIFFERING = PARTS - {"origin"}
"""The parts that differ between the URLs of one stream."""


def request_parts(url: str) -> dict[str, bytes]:
    """Return the parts by name, with their percent-encoding unchanged.

    `path` is never empty. `directory` is the path up to and including its last slash.
    `joint` goes before an appended parameter: `?`, or `&` if there is a query already.
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

"""A fast path to the canonical URLs of many segments that are signed individually.

The results are the same as from `Marks.steady` and `Base.canonical`. It works folder by
folder instead of URL by URL, if only the query contains signatures.
"""

import re
from collections.abc import Collection

from proxy.core.hls.names import Marks
from proxy.core.tokens.placing.placement import Header, Placement, Query, QueryText

_PAIR = r"(?:&|\Z)"
# Printable characters except ampersand and double quote: `[^&\n]` takes twice as long.
_IN_VALUE = "[!#-%'-~]"


class Queries:
    """Which part of a segment's query belongs to its canonical URL."""

    def __init__(self, marks: Marks) -> None:
        hidden, volatile = marks.rule.hidden, marks.volatile.query
        # A query with our token takes the slow path: it must not be kept as it is.
        gone, left = _any_of(volatile - hidden), _any_of(volatile | hidden)
        self._goes = re.compile(
            rf"(?:(?:{gone})(?:=[^&]*+)?{_PAIR})++", re.IGNORECASE
        ).fullmatch
        # An escape may be part of any name.
        self._stays = re.compile(
            rf"(?:(?!(?:{left})(?:=|{_PAIR}))[^=&%]*+(?:=[^&]*+)?{_PAIR})++",
            re.IGNORECASE,
        ).fullmatch

    def kept(self, query: str) -> str | None:
        """Return the part of a query to keep: all or nothing.

        Return None if the query has to take the slow path.
        """
        if self._goes(query):
            return ""
        return query if query and self._stays(query) else None

    def like(self, query: str) -> str | None:
        """Return a pattern of queries with the same names, all of which are dropped.

        Return None if any part of this query is kept. The pattern matches no line feed.
        """
        if not self._goes(query):
            return None
        pairs = (pair.partition("=") for pair in query.split("&"))
        return "&".join(
            re.escape(name) + (f"={_IN_VALUE}*+" if equals else "")
            for name, equals, _ in pairs
        )


def queries_of(marks: Marks) -> Queries | None:
    """Return the fast path of a stream.

    Return None if its paths contain volatile parts or a token.
    """
    if marks.volatile.path or not all(map(_leaves_paths, marks.rule.placements)):
        return None
    return Queries(marks)


def _leaves_paths(placement: Placement) -> bool:
    return isinstance(placement, (Query, QueryText, Header))


def _any_of(names: Collection[str]) -> str:
    return "|".join(map(re.escape, sorted(names))) or "(?!)"

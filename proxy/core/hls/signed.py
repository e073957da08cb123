"""The short way to the canonical URLs of many segments that are signed one by one.

It comes to the same as `Marks.steady` and `Base.canonical`, folder by folder instead of
URL by URL, where nothing but the query holds what is signed.
"""

import re
from collections.abc import Collection

from proxy.core.hls.names import Marks
from proxy.core.tokens.placing.placement import Header, Placement, Query, QueryText

_PAIR = r"(?:&|\Z)"
# What is printable, but no ampersand and no quote: `[^&\n]` takes twice as long.
_IN_VALUE = "[!#-%'-~]"


class Queries:
    """What of a segment's query belongs to its canonical URL."""

    def __init__(self, marks: Marks) -> None:
        hidden, volatile = marks.rule.hidden, marks.volatile.query
        # A query with a token of ours goes the long way: it must not be kept as it is.
        gone, left = _any_of(volatile - hidden), _any_of(volatile | hidden)
        self._goes = re.compile(
            rf"(?:(?:{gone})(?:=[^&]*+)?{_PAIR})++", re.IGNORECASE
        ).fullmatch
        # An escape may spell any name.
        self._stays = re.compile(
            rf"(?:(?!(?:{left})(?:=|{_PAIR}))[^=&%]*+(?:=[^&]*+)?{_PAIR})++",
            re.IGNORECASE,
        ).fullmatch

    def kept(self, query: str) -> str | None:
        """Return what stays of a query, all or nothing; None for the long way."""
        if self._goes(query):
            return ""
        return query if query and self._stays(query) else None

    def like(self, query: str) -> str | None:
        """Return a pattern of queries that are written like this one: none stays.

        None if this one stays, or some of it. The pattern matches no line feed.
        """
        if not self._goes(query):
            return None
        pairs = (pair.partition("=") for pair in query.split("&"))
        return "&".join(
            re.escape(name) + (f"={_IN_VALUE}*+" if equals else "")
            for name, equals, _ in pairs
        )


def queries_of(marks: Marks) -> Queries | None:
    """Return the short way of a stream, None if its paths hold more than the path."""
    if marks.volatile.path or not all(map(_leaves_paths, marks.rule.placements)):
        return None
    return Queries(marks)


def _leaves_paths(placement: Placement) -> bool:
    return isinstance(placement, (Query, QueryText, Header))


def _any_of(names: Collection[str]) -> str:
    return "|".join(map(re.escape, sorted(names))) or "(?!)"

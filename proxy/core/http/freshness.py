"""What the header fields of an answer say about its freshness, for a shared cache.

RFC 9111, sections 4.2 and 5. Invalid values count as expired.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from proxy.core.http.headers import Fields

# These forbid sharing an answer, with or without field names as in
# `private="Set-Cookie"`: the names only say why.
_CLOSED = frozenset({"no-store", "private"})
# Vary with field names does not matter: requests that are shared by players always have
# the same fields, so the answer is the same.
_VARYING = "*"
# RFC 9111 sections 4.2.4 and 5.2.2: with these, nothing may be used once it is stale.
_STRICT = frozenset({"must-revalidate", "proxy-revalidate", "s-maxage"})
# A quote that is not closed does not count as a quote.
_DIRECTIVE = re.compile(
    r"""(?P<name> [^\s,=]++ )
    (?: \s*+ = \s*+(?: "(?P<quoted> (?: [^"\\] | \\. )*+ )" | (?P<bare> [^\s,]*+ ) ) )?
    [^,]*+""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the header fields of an answer say about its freshness."""

    closed: bool
    """Whether it must not be shared with others."""
    fresh_seconds: float | None
    """The age up to which it may be used without asking the upstream; None if the
    fields do not say."""
    age: float
    strict: bool = False
    """Whether it must not be used once it is stale, not even if the upstream fails."""

    @classmethod
    def of(cls, headers: Fields) -> "Said":
        """Return what these fields say."""
        directives: dict[str, str] = {}
        for name, argument in _directives(headers):
            # RFC 9111 section 4.2.1: if one is repeated, the first may be used.
            directives.setdefault(name, argument)
        varies = {name for name, _ in _listed(headers, "vary")}
        age = _number(_last(headers, "age")) or 0.0
        closed = not _CLOSED.isdisjoint(directives) or _VARYING in varies
        fresh, strict = _fresh_seconds(directives, headers), _STRICT & directives.keys()
        return cls(closed, fresh, age, bool(strict))


def _fresh_seconds(directives: dict[str, str], headers: Fields) -> float | None:
    if "no-cache" in directives:
        return 0.0
    for name in ("s-maxage", "max-age"):
        if name in directives:
            return _number(directives[name]) or 0.0
    expires, date = _last(headers, "expires"), _last(headers, "date")
    if expires is None:
        return None
    try:
        left = parsedate_to_datetime(expires) - parsedate_to_datetime(date or "")
    except (OverflowError, TypeError, ValueError):
        return 0.0  # RFC 9111 section 5.3: an invalid date counts as expired
    return max(0.0, left.total_seconds())


def _directives(headers: Fields) -> Iterator[tuple[str, str]]:
    return _listed(headers, "cache-control")


def _listed(headers: Fields, wanted: str) -> Iterator[tuple[str, str]]:
    """Yield the members of a list with their arguments; a comma may be quoted."""
    for name, value in headers:
        if name.lower() == wanted:
            for found in _DIRECTIVE.finditer(value):
                yield found["name"].lower(), found["quoted"] or found["bare"] or ""


def _last(headers: Fields, wanted: str) -> str | None:
    found = [value for name, value in headers if name.lower() == wanted]
    return found[-1] if found else None


def _number(text: str | None) -> float | None:
    # Ten digits are enough for three centuries.
    if text is None or not re.fullmatch("[0-9]{1,10}", text.strip()):
        return None
    return float(text)

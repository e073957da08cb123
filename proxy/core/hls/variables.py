"""The variables of one playlist: EXT-X-DEFINE (RFC 8216bis, sections 4.3, 4.4.2.3).

Values are stored as the bytes that were written. As text they are UTF-8, with
surrogates for invalid bytes, so that importing a value does not change it.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from proxy.core.hls.attributes import Attribute, LineEdit
from proxy.core.http.uri_query import query_value

_NAME = re.compile(rb"[A-Za-z0-9_-]+")
_REFERENCE = re.compile(rb"\{\$([A-Za-z0-9_-]+)\}")
_PAIR = re.compile(r"(?<![^?&])([^?&=]*)=[^?&]*")
# A quoted-string contains neither of these (RFC 8216bis, section 4.2).
_UNQUOTABLE = re.compile(rb'["\r\n]')
# How much expansion may add to one playlist: 40,000 segments with a signature of 1,600
# bytes each. Without a limit, ten megabytes of references become terabytes.
_MOST_ADDED_BYTES = 64 * 1024 * 1024
# How much it may add to one reference: hardly any server accepts a URL that long.
_MOST_IN_ONE_BYTES = 8 * 1024


class Variables:
    """The value of each `{$name}`, from its definition on.

    `query` is the raw query of the playlist's URL. `imports` are the variables of its
    multivariant playlist. `hidden` contains the query parameters (in lower case) whose
    values no player may see.
    """

    def __init__(
        self, query: str | None, imports: Mapping[str, str], hidden: frozenset[str]
    ) -> None:
        self._query = query
        self._imports = imports
        self._hidden = hidden
        self._values: dict[bytes, bytes] = {}
        self._censored: dict[bytes, bytes] = {}
        self._room = _MOST_ADDED_BYTES

    def as_text(self) -> dict[str, str]:
        """Return everything defined so far, for a playlist that imports it."""
        return {_text(name): _text(value) for name, value in self._values.items()}

    def define(self, attributes: Sequence[Attribute]) -> list[LineEdit]:
        """Record the attributes of a definition; return the edits to its line.

        A definition that cannot be resolved defines nothing and stays unchanged. The
        player then fails on it, as it would without a proxy.
        """
        by_name = {attribute.name: attribute for attribute in attributes}
        if parameter := by_name.get(b"QUERYPARAM"):
            return self._define_by_query(parameter)
        if imported := by_name.get(b"IMPORT"):
            self._import(imported.value)
            return []
        name, value = by_name.get(b"NAME"), by_name.get(b"VALUE")
        if name is None or value is None:
            return []
        censored = self._without_hidden(value.value)
        self._set(name.value, value.value, censored)
        return [] if censored == value.value else [LineEdit(*value.span, b'""')]

    def expand(self, reference: bytes) -> bytes | None:
        """Replace the variables, once; `None` if one is not defined yet."""
        return self._replaced(reference, self._values)

    def expand_all(self, lines: bytes, fits: Callable[[bytes], object]) -> bytes | None:
        """Replace the variables in many references at once, one reference per line.

        Return `None` if each needs a closer look: the result does not satisfy `fits`,
        or a variable is undefined, hidden or too long.
        """
        names = Counter(_REFERENCE.findall(lines))
        values = self._values
        if any(values.get(name) != self._censored.get(name, b"{") for name in names):
            return None
        # The same amount as if each reference were expanded, and then censored.
        added = 2 * sum(len(values[name]) * names[name] for name in names)
        if added > self._room:
            return None
        if len(names) == 1:
            (name,) = names
            expanded = lines.replace(b"{$%b}" % name, values[name])
        else:
            expanded = _REFERENCE.sub(lambda match: values[match[1]], lines)
        longest = max(map(len, expanded.split(b"\n")))
        if longest > _MOST_IN_ONE_BYTES or not fits(expanded):
            return None
        self._room -= added
        return expanded

    def censored(self, reference: bytes) -> bytes | None:
        """Replace the variables with those values that are visible and stable.

        A hidden variable is replaced with its own name.
        """
        return self._replaced(reference, self._censored)

    def _define_by_query(self, parameter: Attribute) -> list[LineEdit]:
        """Turn it into a definition by value, because local URLs have no query."""
        name = parameter.value
        value = query_value(self._query, _text(name))
        if value is None or not _NAME.fullmatch(name):
            return []
        hidden = _text(name).lower() in self._hidden
        self._set(name, _bytes(value), name if hidden else _bytes(value))
        shown = b"" if hidden else _UNQUOTABLE.sub(_percent, _bytes(value))
        new = b'NAME="%b",VALUE="%b"' % (name, shown)
        return [LineEdit(parameter.start, parameter.span[1], new)]

    def _import(self, name: bytes) -> None:
        value = self._imports.get(_text(name))
        if value is not None:
            # A variable with the name of a hidden parameter was defined by a query.
            hidden = _text(name).lower() in self._hidden
            censored = name if hidden else self._without_hidden(_bytes(value))
            self._set(name, _bytes(value), censored)

    def _set(self, name: bytes, value: bytes, censored: bytes) -> None:
        self._values[name] = value
        self._censored[name] = censored

    def _replaced(self, text: bytes, values: Mapping[bytes, bytes]) -> bytes | None:
        if b"{$" not in text:
            return text
        names = _REFERENCE.findall(text)
        if not values.keys() >= set(names):
            return None
        added = sum(len(values[name]) for name in names)
        if added > _MOST_IN_ONE_BYTES:
            return None
        self._room -= added
        if self._room < 0:
            return None
        return _REFERENCE.sub(lambda match: values[match[1]], text)

    def _without_hidden(self, value: bytes) -> bytes:
        """Empty the query parameters in the value that no player may see."""

        def censored(pair: re.Match[str]) -> str:
            name = pair[1]
            return f"{name}=" if unquote(name).lower() in self._hidden else pair[0]

        return _bytes(_PAIR.sub(censored, _text(value)))


def _percent(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")

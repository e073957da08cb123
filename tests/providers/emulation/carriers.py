"""How a credential is carried: each takes it out of a request, as its platform does.

The credential consists of named texts. The rest is the request as it would have been
without them; hashes and policies apply to the rest.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import unquote

from tests.providers.emulation.asks import Ask, pairs

Shown = Mapping[str, str]
"""A credential as it was sent: one or more named texts."""


class Carrier(Protocol):
    """One way to carry a credential."""

    def take(self, ask: Ask) -> tuple[Shown, Ask] | None:
        """Return the credential and the rest of the request; None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """All of these query parameters; `optional` ones may be absent."""

    names: tuple[str, ...]
    optional: tuple[str, ...] = ()
    decoded: bool = True
    """Whether the platform decodes percent-encoding first."""

    def take(self, ask: Ask) -> tuple[Shown, Ask] | None:
        """Take the parameters out."""
        sent, known = pairs(ask.query), {*self.names, *self.optional}
        shown = {name: value for name, value in sent if name in known}
        twice = len(shown) != sum(name in known for name, _ in sent)
        if twice or not shown.keys() >= set(self.names):
            return None
        kept = "&".join(
            pair for pair in ask.query.split("&") if pair.partition("=")[0] not in known
        )
        if self.decoded:
            shown = {name: unquote(value) for name, value in shown.items()}
        return shown, replace(ask, query=kept)


@dataclass(frozen=True, slots=True)
class Header:
    """A header; `prefix` comes before the credential."""

    name: str
    prefix: str = ""

    def take(self, ask: Ask) -> tuple[Shown, Ask] | None:
        """Take the header out."""
        value = ask.headers.get(self.name.lower(), "")
        if not value.startswith(self.prefix) or value == self.prefix:
            return None
        others = {n: v for n, v in ask.headers.items() if n != self.name.lower()}
        shown = {"token": value.removeprefix(self.prefix)}
        return shown, replace(ask, headers=others)


@dataclass(frozen=True, slots=True)
class Cookies:
    """All of these cookies; `optional` ones may be absent."""

    names: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def take(self, ask: Ask) -> tuple[Shown, Ask] | None:
        """Take the cookies out."""
        sent = [cookie.strip() for cookie in ask.headers.get("cookie", "").split(";")]
        known = {*self.names, *self.optional}
        named = (cookie.partition("=") for cookie in sent)
        shown = {name: value for name, _, value in named if name in known}
        if not shown.keys() >= set(self.names):
            return None
        kept = "; ".join(c for c in sent if c.partition("=")[0] not in known)
        return shown, replace(ask, headers={**ask.headers, "cookie": kept})


@dataclass(frozen=True, slots=True)
class Basic:
    """The password of Basic authentication."""

    user: str

    def take(self, ask: Ask) -> tuple[Shown, Ask] | None:
        """Take the header out."""
        taken = Header("Authorization", "Basic ").take(ask)
        if taken is None:
            return None
        try:
            text = base64.b64decode(taken[0]["token"], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        user, colon, password = text.partition(":")
        return ({"token": password}, taken[1]) if colon and user == self.user else None


@dataclass(frozen=True, slots=True)
class PathPart:
    """A part of the path, counted from 1, that replaces another part."""

    part: int
    original: str
    """The part that is there if no credential is needed."""

    def take(self, ask: Ask) -> tuple[Shown, Ask] | None:
        """Put the original part back."""
        parts = ask.path.split("/")
        if len(parts) <= self.part or parts[self.part] == self.original:
            return None
        shown = {"token": unquote(parts[self.part])}
        parts[self.part] = self.original
        return shown, replace(ask, path="/".join(parts))


@dataclass(frozen=True, slots=True)
class PathParts:
    """Parts of the path that only carry the credential."""

    first: int
    names: tuple[str, ...]

    def take(self, ask: Ask) -> tuple[Shown, Ask] | None:
        """Take the parts out."""
        parts = ask.path.split("/")
        end = self.first + len(self.names)
        # At least a file name follows them.
        if len(parts) <= end:
            return None
        shown = dict(zip(self.names, parts[self.first : end], strict=True))
        rest = "/".join([*parts[: self.first], *parts[end:]])
        return shown, replace(ask, path=rest)


@dataclass(frozen=True, slots=True)
class PathPrefix:
    """A part of the path that begins with `mark` and is written like a query."""

    mark: str
    names: tuple[str, ...]
    decoded: bool = True
    """As in a query."""

    def take(self, ask: Ask) -> tuple[Shown, Ask] | None:
        """Take the part out."""
        parts = ask.path.split("/")
        marked = [n for n, part in enumerate(parts) if part.startswith(self.mark)]
        if len(marked) != 1:
            return None
        written = parts.pop(marked[0])
        rest = replace(ask, path="/".join(parts))
        query = Query(self.names, decoded=self.decoded)
        taken = query.take(replace(rest, query=written))
        return (taken[0], rest) if taken else None

"""Errors that validators of the models raise, in the user's words."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple

# Longer strings may be secrets in the wrong place. No value that a user needs to see in
# a message is longer.
_LONGEST_SHOWN = 40

# More than the number of providers; a configuration may have a thousand streams.
_MOST_LISTED = 40
# With a hint, a longer list would only hide the hint.
_MOST_WITH_HINT = 16
# A shorter name is contained in too many others.
_LEAST_LETTERS = 3

# The order matters: true is an int in Python.
_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "a string"),
    (Mapping, "a table"),
    ((list, tuple), "a list"),
)


# Keys that have other names in other sources; a key's suffix is kept.
_MEANT = {
    "secret": "key",
    "key": "secret",
    "token_url": "url",
    "url": "token_url",
    "ttl": "lifetime",
    "lifetime": "ttl",
    "file": "path",
}

KeyPath = tuple[str | int, ...]
"""The path to a key: names of tables, and indexes in lists."""


class Mistake(NamedTuple):
    """One mistake: what was found, and what is expected instead."""

    found: str
    wanted: str
    key: KeyPath = ()
    """The wrong key, relative to the validated table; empty: the validated key
    itself."""


class Wrong(ValueError):  # noqa: N818 - pydantic's word for it is ValueError
    """Raised by validators; `errors.problems` turns it into problems."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__("; ".join(mistake.found for mistake in mistakes))
        self.mistakes = mistakes


def wrong(found: str, wanted: str, *key: str | int) -> Wrong:
    """Return the error for a single mistake."""
    return Wrong(Mistake(found, wanted, key))


def shown(value: object) -> str:
    """Describe a value that is not secret: show a small one, else only its type."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str() if len(value) <= _LONGEST_SHOWN and value.isprintable():
            return f'"{value}"'
        case _:
            return described(value)


def described(value: object) -> str:
    """Return the type of a value in TOML's terms, without its content."""
    names = (name for types, name in _TYPES if isinstance(value, types))
    name = next(names, "a date or time")
    empty = isinstance(value, str | Mapping | list | tuple) and not value
    return f"an empty {name.removeprefix('a ')}" if empty else name


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that was probably meant, but never `name` itself."""
    others = set(known) - {name}
    for said, meant in _MEANT.items():
        if name.startswith(said):
            word = meant + name.removeprefix(said)
            if word in others:
                return word
    close = get_close_matches(name.lower(), sorted(others), n=1)
    return close[0] if close else _containing(name, others)


def choice(value: object, known: Collection[str]) -> str:
    """Return what is expected instead of a value: the likely name, and all names."""
    near = nearest(value, known) if isinstance(value, str) else None
    if near and len(known) > _MOST_WITH_HINT:
        return f"did you mean {near}?"
    hint = f"did you mean {near}? " if near else ""
    more = len(known) - _MOST_LISTED
    rest = f" and {more} more" if more > 0 else ""
    return f"{hint}expected one of {', '.join(islice(known, _MOST_LISTED))}{rest}"


def _containing(name: str, known: Collection[str]) -> str | None:
    """Return the shortest known name that contains `name` or is contained in it."""
    said = _letters(name)
    if len(said) < _LEAST_LETTERS:
        return None
    fits = (one for one in known if said in _letters(one) or _letters(one) in said)
    long = (one for one in fits if len(_letters(one)) >= _LEAST_LETTERS)
    return min(long, key=lambda one: (len(one), one), default=None)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))

"""Wrong values, told in the user's words from inside a model's validator."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple

# Longer texts may be secrets in the wrong place; nothing a user has to recognise in
# a message is longer.
_LONGEST_SHOWN = 40

# More than all providers; a configuration may have a thousand streams.
_MOST_LISTED = 40
# Beside a hint a longer list only hides it.
_MOST_WITH_HINT = 16
# A shorter name is a part of too many others.
_LEAST_LETTERS = 3

# In this order: true is an int to Python.
_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "a string"),
    (Mapping, "a table"),
    ((list, tuple), "a list"),
)


# What one source calls this is called that by another; with what follows it.
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
"""The way to a key: names of tables and places in lists."""


class Mistake(NamedTuple):
    """One thing that is wrong: what is there, and what is wanted instead."""

    found: str
    wanted: str
    key: KeyPath = ()
    """The key to blame, from the table of the validated one; empty: that one."""


class Wrong(ValueError):  # noqa: N818 - pydantic's word for it is ValueError
    """What a validator raises; `errors.problems` makes problems of it."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__("; ".join(mistake.found for mistake in mistakes))
        self.mistakes = mistakes


def wrong(found: str, wanted: str, *key: str | int) -> Wrong:
    """Return the error of a single mistake."""
    return Wrong(Mistake(found, wanted, key))


def shown(value: object) -> str:
    """Describe a value that is no secret: small ones as they are, others by type."""
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
    """Name the type of a value in TOML's words, and nothing of its content."""
    names = (name for types, name in _TYPES if isinstance(value, types))
    name = next(names, "a date or time")
    empty = isinstance(value, str | Mapping | list | tuple) and not value
    return f"an empty {name.removeprefix('a ')}" if empty else name


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the known name that was probably meant; never the very same one."""
    others = set(known) - {name}
    for said, meant in _MEANT.items():
        if name.startswith(said):
            word = meant + name.removeprefix(said)
            if word in others:
                return word
    close = get_close_matches(name.lower(), sorted(others), n=1)
    return close[0] if close else _containing(name, others)


def choice(value: object, known: Collection[str]) -> str:
    """Return what is wanted instead of a text: the one that was meant, and all."""
    near = nearest(value, known) if isinstance(value, str) else None
    if near and len(known) > _MOST_WITH_HINT:
        return f"did you mean {near}?"
    hint = f"did you mean {near}? " if near else ""
    more = len(known) - _MOST_LISTED
    rest = f" and {more} more" if more > 0 else ""
    return f"{hint}expected one of {', '.join(islice(known, _MOST_LISTED))}{rest}"


def _containing(name: str, known: Collection[str]) -> str | None:
    """Return the shortest known name that contains this one, or is a part of it."""
    said = _letters(name)
    if len(said) < _LEAST_LETTERS:
        return None
    fits = (one for one in known if said in _letters(one) or _letters(one) in said)
    long = (one for one in fits if len(_letters(one)) >= _LEAST_LETTERS)
    return min(long, key=lambda one: (len(one), one), default=None)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))

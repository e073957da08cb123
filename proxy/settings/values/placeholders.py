"""Fills the placeholders in a stream's url and claims from its other keys."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from proxy.core.tokens.templates.message import BRACE
from proxy.core.tokens.templates.request_parts import PARTS
from proxy.core.tokens.templates.template import holes
from proxy.settings.errors.mistakes import KeyPath, Mistake, Wrong, shown, wrong

MEMBER = "id"
"""The placeholder that a player fills: a url that contains it makes a family."""
AT_SIGNING = frozenset({"key_id", "issued", "expires", "random", "uuid"})
"""The placeholders in claims and headers that are filled for each token."""
UNIQUE = frozenset({"random", "uuid"})
"""The placeholders whose value is never the same twice."""
AT_HASHING = (
    AT_SIGNING
    | PARTS
    | {BRACE, "entry_directory", "expires_hex", "expires_ms", "issued_ms", "lifetime"}
)
"""The placeholders in the texts of `sign-hash`."""
FILLERS = frozenset({"provider", "playback_id", "host", "variables"})
"""The keys of a stream that must be valid before placeholders are filled."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SECRET = "secret"  # noqa: S105 - the name of a hole
"""The placeholder for a secret, in a request or in what is hashed."""
TAKEN = AT_HASHING | {MEMBER, "playback_id", "host", SECRET, "signature"}
"""The names with a built-in meaning."""


def values(stream: Mapping[str, Any]) -> dict[str, str]:
    """Return the placeholders' values; the id of a member stays a placeholder."""
    keys = {key: stream[key] for key in ("playback_id", "host")}
    return {MEMBER: f"{{{MEMBER}}}", **keys, **stream["variables"]}


def is_family(url: str) -> bool:
    """Return whether the url is a family's: the player chooses the id."""
    return MEMBER in holes(url)


def refuse_unfilled(
    names: Mapping[str, KeyPath],
    known: Mapping[str, str],
    further: Collection[str] = (),
) -> None:
    """Raise `Wrong` for every placeholder without a value, or with an empty one.

    `names` maps each placeholder to the key of its template. `further` are names that
    are filled in other places; they appear in the message.
    """
    mistakes = []
    for name, where in sorted(names.items()):
        if name not in known:
            choice = ", ".join(sorted({*known, *further}))
            wanted = f"expected one of {choice}, or a key of variables"
            mistakes.append(Mistake(f"{{{name}}} is not defined", wanted, where))
        elif not known[name]:
            wanted = f"expected it to be set: the url or the token uses {{{name}}}"
            mistakes.append(Mistake("is missing", wanted, (name,)))
    if mistakes:
        raise Wrong(*mistakes)


def _plain(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise wrong(shown(name), "expected a name of letters, digits and _")
    return name


def _free(name: str) -> str:
    if name in TAKEN:
        raise wrong(shown(name), "expected a name that has no built-in meaning")
    return name


HoleName = Annotated[str, AfterValidator(_plain)]
"""A name that may be in braces."""
VariableName = Annotated[HoleName, AfterValidator(_free)]
"""The name of a placeholder that the user defines."""

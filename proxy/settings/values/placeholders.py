"""A stream's url and claims are templates; this fills them from its other keys."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from proxy.core.tokens.templates.message import BRACE
from proxy.core.tokens.templates.request_parts import PARTS
from proxy.core.tokens.templates.template import holes
from proxy.settings.errors.mistakes import KeyPath, Mistake, Wrong, shown, wrong

MEMBER = "id"
"""The hole that a player fills: a url that holds it belongs to a family."""
AT_SIGNING = frozenset({"key_id", "issued", "expires", "random", "uuid"})
"""The holes of claims and headers that are filled for each token anew."""
UNIQUE = frozenset({"random", "uuid"})
"""Those that are never filled with the same text twice."""
AT_HASHING = (
    AT_SIGNING
    | PARTS
    | {BRACE, "entry_directory", "expires_hex", "expires_ms", "issued_ms", "lifetime"}
)
"""Those of the texts of `sign-hash`."""
FILLERS = frozenset({"provider", "playback_id", "host", "variables"})
"""The keys of a stream that have to be valid before anything is filled."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SECRET = "secret"  # noqa: S105 - the name of a hole
"""The hole that a secret fills: of a request, or of what is hashed."""
TAKEN = AT_HASHING | {MEMBER, "playback_id", "host", SECRET, "signature"}
"""The names that have a meaning."""


def values(stream: Mapping[str, Any]) -> dict[str, str]:
    """Return what fills the holes; the member's own stays open."""
    keys = {key: stream[key] for key in ("playback_id", "host")}
    return {MEMBER: f"{{{MEMBER}}}", **keys, **stream["variables"]}


def is_family(url: str) -> bool:
    """Tell whether the player says which id is meant."""
    return MEMBER in holes(url)


def refuse_unfilled(
    names: Mapping[str, KeyPath],
    known: Mapping[str, str],
    further: Collection[str] = (),
) -> None:
    """Raise `Wrong` with every hole that nothing fills, or only an empty text.

    `names` tells for each the key of the template that has it; `further` are names that
    would have been filled elsewhere.
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
"""What may stand in braces."""
VariableName = Annotated[HoleName, AfterValidator(_free)]
"""The name of a hole of the user's own."""

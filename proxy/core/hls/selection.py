"""What players select, and how local names show it: `1080p-5000k.lang-de/seg1.ts`.

A selection is the text of the parameters that choose what an entry lists, sorted by
name: `lang=de&maxResolution=720p`. Equal values have the same spelling in it, whatever
the player's spelling was, and that spelling is sent upstream. In a name, a dot and
`{name}-{value}` are appended to the folder for each parameter. Bytes other than ASCII
letters and digits (and `-` in values) are written `_xx`, so the name can be decoded to
the same text.

A dot has other meanings in folders too (see `streams.folders`), but the last part is
always a slug, `common` or `main`. If the name of a parameter might begin one of these,
its first letter is written as an escape, which no slug contains.

A suffix that would be too long is replaced by two underscores and a hash. Only a
process that has seen the selection knows what the hash means: it is lost at a restart.
"""

import re
from collections.abc import Collection
from urllib.parse import quote, unquote_to_bytes

from proxy.core.hls.ids import name_id

_MOST_LETTERS = 120
_LIKE_A_SLUG = re.compile(
    r"audio|subs|video|iframes|images|variant|main|common|\d+[pk]?"
)
_PART = re.compile(
    r"((?:[A-Za-z0-9]|_[0-9a-f]{2})+)(?:(-)((?:[A-Za-z0-9-]|_[0-9a-f]{2})*))?"
)
_HASHED = re.compile(r"__[a-z2-7]{12}")
_ESCAPE = re.compile(r"_([0-9a-f]{2})")
_NOT_NAME = re.compile(r"[^A-Za-z0-9]")
_NOT_VALUE = re.compile(r"[^A-Za-z0-9-]")


def chosen(query: str, parameters: Collection[str]) -> str:
    """Return the selecting part of a player's raw query, in canonical spelling.

    The parameters are sorted by name.
    """
    parts = [part for part in query.split("&") if _name(part) in parameters]
    return "&".join(_spelled(part) for part in sorted(parts, key=_name))


def suffix_of(selection: str) -> str:
    """Return the suffix that a selection adds to folders; empty if none."""
    if not selection:
        return ""
    suffix = "".join(f".{_written(part)}" for part in selection.split("&"))
    return suffix if len(suffix) <= _MOST_LETTERS else f".__{name_id(selection)}"


def split(folder: str, parameters: Collection[str]) -> tuple[str, str]:
    """Return a folder without the suffix of its selection, and the suffix.

    The end of a folder is only a suffix if players may send parameters of these names.
    """
    parts = folder.split(".")
    first = len(parts)
    if first > 1 and _HASHED.fullmatch(parts[-1]) and parameters:
        first -= 1
    else:
        while first > 1 and _name(_read(parts[first - 1]) or "") in parameters:
            first -= 1
    bare, suffix = ".".join(parts[:first]), "".join(f".{p}" for p in parts[first:])
    selection = selection_of(suffix)
    if selection is not None and (
        suffix_of(selection) != suffix or chosen(selection, parameters) != selection
    ):
        return folder, ""  # longer than we write, or in another order
    return bare, suffix


def selection_of(suffix: str) -> str | None:
    """Return the selection of a suffix; None if the suffix is a hash."""
    parts = suffix.split(".")[1:]
    if any(map(_HASHED.fullmatch, parts)):
        return None
    return "&".join(_read(part) or "" for part in parts)


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]


def _spelled(parameter: str) -> str:
    """Return a parameter with the one spelling of its value.

    Only what RFC 3986 calls unreserved is written literally; the rest is
    percent-encoded. A plus sign stays, because some servers read it as a space.
    """
    name, equals, value = parameter.partition("=")
    raw = value.encode(errors="surrogateescape").split(b"+")
    return (
        name + equals + "+".join(quote(unquote_to_bytes(part), safe="") for part in raw)
    )


def _written(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    written = _escaped(name, _NOT_NAME)
    if _LIKE_A_SLUG.fullmatch(written):
        written = f"_{ord(written[0]):02x}{written[1:]}"
    return written + (f"-{_escaped(value, _NOT_VALUE)}" if equals else "")


def _read(part: str) -> str | None:
    """Return the parameter that a part of a suffix encodes, if any."""
    found = _PART.fullmatch(part)
    if found is None:
        return None
    name, dash, value = found.groups(default="")
    try:
        parameter = _plain(name) + ("=" if dash else "") + _plain(value)
    except UnicodeDecodeError:
        return None
    return parameter if _written(parameter) == part else None


def _escaped(text: str, unfit: re.Pattern[str]) -> str:
    def escape(found: re.Match[str]) -> str:
        return "".join(f"_{byte:02x}" for byte in found[0].encode(errors="replace"))

    return unfit.sub(escape, text)


def _plain(text: str) -> str:
    raw = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return raw.encode("latin-1").decode()

"""Decides which setting helps a stream that has too many names."""

from collections.abc import Iterable
from itertools import islice

from proxy.core.http import uri

_MOST_LOOKED_AT = 1000
_MOST_NAMED = 5
_MOST_LETTERS = 40


def remedy(
    limit: int, older: Iterable[str], listed: Iterable[str], *, slides: bool = False
) -> str:
    """Return advice about the setting that would help.

    `older` are URLs that a playlist listed before; `listed` are those it lists now. If
    only a query parameter differs, that parameter causes new names at each load. If
    the window `slides`, it is normal that earlier URLs are gone.
    """
    raise_it = f"raise limits.names_per_stream ({limit:,})"
    past = {_place(url): url for url in islice(older, _MOST_LOOKED_AT)}
    if not past:
        return raise_it
    changing: dict[str, None] = {}
    files = {_file(url) for url in past}
    moved = not slides
    for url in islice(listed, _MOST_LOOKED_AT):
        moved = moved or _file(url) in files
        before = _parameters(past.get(_place(url), url))
        now = _parameters(url)
        differ = [
            name for name in {**before, **now} if before.get(name) != now.get(name)
        ]
        changing.update(dict.fromkeys(differ))
    if not (changing or moved):
        return raise_it
    if not changing:
        return (
            "what a playlist lists has other URLs at each load: add the part of their "
            f"path that changes to volatile.path, or {raise_it}"
        )
    named = ", ".join(f'"{name}"' for name in islice(changing, _MOST_NAMED))
    return (
        f"the query of what a playlist lists changes with each load: "
        f"add {named} to volatile.query, or {raise_it}"
    )


def _place(url: str) -> str:
    return url.partition("?")[0]


def _file(url: str) -> str:
    return _place(url).rpartition("/")[2]


def _parameters(url: str) -> dict[str, str]:
    query = uri.split(url).query or ""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {name[:_MOST_LETTERS]: value for name, _, value in pairs}

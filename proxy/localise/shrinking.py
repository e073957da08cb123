"""Drops names if a catalog has more than it may have.

Names no longer listed go first: those that left a window, those that a later version
left out, then playlists that no other playlist lists. Next go whole playlists, starting
with the least recently loaded. The playlist that was just loaded, and the entry, lose
nothing that they list. Each name takes constant time.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice

from proxy.localise.name_quota import Allowed
from proxy.localise.name_table import AT_A_TIME, ENTRY, ListedNames, NameTable, Past


def drop_orphans(table: NameTable, newest: str, most: int) -> Iterator[None]:
    """Drop playlists that no other playlist lists, until `most` are left.

    Some of them list nothing, so a limit on names would never drop them.
    """
    while len(table.orphans) > most:
        path, _ = table.orphans.popitem(last=False)
        if path in table.parents and path not in table.paths and path != newest:
            yield from table.drop(path)


def shrink(table: NameTable, newest: str, allowed: Allowed) -> Iterator[None]:
    """Drop names until there are no more than allowed; `newest` was just loaded."""
    yield from _shorten(table, table.leaving, lambda one: one.leaving, allowed.spare)
    yield from _shorten(table, table.older, lambda one: one.older, allowed.spare)
    while len(table) > allowed.spare and table.orphans:
        yield from drop_orphans(table, newest, len(table.orphans) - 1)
    while len(table) > allowed.names:
        others = (name for name in table.parents if name not in (newest, ENTRY))
        oldest = next(others, None)
        if oldest is None:
            break
        yield from table.drop(oldest)
    for name in (newest, ENTRY):
        if known := table.parents.get(name):
            yield from _forget_first(table, name, known.skipped, allowed.names)


def _shorten(
    table: NameTable,
    parents: OrderedDict[str, None],
    past_of: Callable[[ListedNames], Past],
    most: int,
) -> Iterator[None]:
    while len(table) > most and parents:
        name = next(iter(parents))
        past = past_of(table.parents[name])
        yield from _forget_first(table, name, past, most)
        if not past:
            del parents[name]


def _forget_first(
    table: NameTable, parent: str, past: Past, most: int
) -> Iterator[None]:
    """Drop the oldest of these past names until at most `most` names are left."""
    while past and (excess := len(table) - most) > 0:
        for path in list(islice(past, min(excess, AT_A_TIME))):
            del past[path]
            table.forget(parent, path)
        yield

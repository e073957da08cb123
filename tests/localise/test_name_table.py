"""The table of names and their parents."""

from proxy.localise.name_table import AT_A_TIME, NameTable, portions
from tests.localise.listings import PARENT, window


def table_with(*numbers: int) -> tuple[NameTable, list[str]]:
    """Return a table with these segments, and the list of forgotten names."""
    forgotten = list[str]()
    table = NameTable("https://o/", forgotten.extend)
    table.publish(table.parent(PARENT), window(*numbers))
    return table, forgotten


def test_a_playlist_replaces_what_it_listed_before() -> None:
    """The entry stays."""
    table, _ = table_with(1, 2)
    table.publish(table.parent(PARENT), window(2, 3))
    assert [bool(table.get(f"720p/{n}.ts")) for n in (1, 2, 3)] == [False, True, True]
    assert len(table) == 3


def test_a_name_that_was_set_apart_stays_after_its_playlist_lists_others() -> None:
    """It is found although no version lists it now."""
    table, _ = table_with(1, 2)
    known = table.parent(PARENT)
    table.set_apart(known.last, ["720p/1.ts"])
    table.publish(known, window(2))
    assert table.get("720p/1.ts")


def test_a_name_is_forgotten_only_for_the_playlist_that_listed_it_last() -> None:
    """Another playlist may list it too."""
    table, forgotten = table_with(1)
    table.set_apart(table.parents[PARENT].last, ["720p/1.ts"])
    table.forget("360p/index.m3u8", "720p/1.ts")
    assert forgotten == []
    table.forget(PARENT, "720p/1.ts")
    assert forgotten == ["720p/1.ts"]


def test_dropping_a_playlist_drops_its_names() -> None:
    """The entry stays."""
    table, _ = table_with(1, 2)
    list(table.drop(PARENT))
    assert len(table) == 1
    assert PARENT not in table.parents


def test_portions_are_bounded_and_complete() -> None:
    """Each is processed in a millisecond or two."""
    paths = [str(number) for number in range(2 * AT_A_TIME + 1)]
    parts = list(portions(paths))
    assert [len(part) for part in parts] == [AT_A_TIME, AT_A_TIME, 1]
    assert [path for part in parts for path in part] == paths

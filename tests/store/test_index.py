"""What is kept, and what is dropped to make room."""

from proxy.store.index import Index, Item


class Shelf:
    """An index, with shortcuts for its use."""

    def __init__(self, budget: int = 100, most_files: int = 10) -> None:
        self.index = Index[str, Item[str]](budget, most_files=most_files)

    def begin(self, key: str, cost: int, files: int = 0) -> Item[str] | None:
        """Begin an item; return None if there is no room for it."""
        item = Item(key)
        self.index.use(item)
        if self.index.reserve(item, cost, files) is None:
            self.index.release(item)
            return None
        return item

    def keep(self, key: str, cost: int, files: int = 0) -> Item[str]:
        """Keep an item that nobody uses."""
        item = self.begin(key, cost, files)
        assert item is not None
        self.index.admit(item)
        self.index.release(item)
        return item

    def kept(self, *keys: str) -> set[str]:
        """Return which of the keys are kept, without counting it as a use."""
        return {key for key in keys if self.index.peek(key) is not None}


def test_the_least_recently_used_goes_first() -> None:
    """A find counts as a use, a peek does not."""
    shelf = Shelf()
    for key in "abc":
        shelf.keep(key, 30)
    shelf.index.find("a")
    shelf.index.peek("b")
    assert {item.key for item in shelf.index} == set("abc")
    shelf.keep("d", 30)
    assert shelf.kept(*"abcd") == set("acd")
    assert shelf.index.cost == 90
    assert shelf.index.evictions == 1


def test_dropped_items_are_returned() -> None:
    """Least recently used ones first."""
    shelf = Shelf()
    first, second = shelf.keep("a", 40), shelf.keep("b", 40)
    item = Item("c")
    shelf.index.use(item)
    assert shelf.index.reserve(item, 20) == []
    assert shelf.index.reserve(item, 70) == [first, second]
    assert shelf.index.cost == 90


def test_items_in_use_are_never_evicted() -> None:
    """Nor are unfinished ones: if there is no room, nothing changes."""
    shelf = Shelf()
    used = shelf.keep("a", 40)
    shelf.index.use(used)
    shelf.keep("b", 20)
    assert shelf.begin("c", 30) is not None
    assert shelf.begin("d", 40) is None
    assert shelf.kept("a", "b") == {"a", "b"}
    shelf.index.release(used)
    assert shelf.begin("d", 30) is not None
    assert shelf.kept("a", "b") == {"a"}


def test_room_is_made_for_a_growing_item() -> None:
    """Until none can be made."""
    shelf = Shelf()
    shelf.keep("a", 60)
    writing = shelf.begin("b", 10)
    assert writing is not None
    while shelf.index.reserve(writing, 10) is not None:
        assert shelf.index.cost <= 100
    assert writing.cost == shelf.index.cost == 100
    assert not shelf.kept("a")
    shelf.index.release(writing)
    assert shelf.index.cost == 0


def test_descriptors_have_a_limit_of_their_own() -> None:
    """The oldest item with one is dropped; items without any stay."""
    shelf = Shelf(most_files=2)
    shelf.keep("small", 1)
    shelf.keep("a", 1, 1)
    shelf.keep("b", 1, 1)
    shelf.index.find("a")
    shelf.keep("c", 1, 1)
    assert shelf.kept("small", *"abc") == {"small", "a", "c"}
    assert shelf.index.files == 2


def test_without_a_free_descriptor_there_is_no_room() -> None:
    """Bytes may still be kept without one."""
    shelf = Shelf(most_files=1)
    assert shelf.begin("a", 1, 1) is not None
    assert shelf.begin("b", 1, 1) is None
    assert shelf.begin("c", 1) is not None


def test_a_newer_item_replaces_one_in_use() -> None:
    """The older one costs until its use ends."""
    shelf = Shelf()
    old = shelf.keep("a", 30)
    shelf.index.use(old)
    new = shelf.keep("a", 50)
    assert shelf.index.find("a") is new
    assert shelf.index.cost == 80
    shelf.index.release(old)
    assert shelf.index.cost == 50
    assert len(shelf.index) == 1


def test_a_removed_item_costs_until_its_use_ends() -> None:
    """It is not found meanwhile."""
    shelf = Shelf()
    idle, used = shelf.keep("a", 30, 1), shelf.keep("b", 30, 1)
    shelf.index.use(used)
    assert shelf.index.remove("a") is idle
    assert shelf.index.remove("b") is used
    assert shelf.index.remove("c") is None
    assert (shelf.index.cost, shelf.index.files) == (30, 1)
    assert shelf.index.find("b") is None
    shelf.index.release(used)
    assert (shelf.index.cost, shelf.index.files) == (0, 0)


def test_an_item_evicted_after_it_was_found_may_still_be_used() -> None:
    """It costs as long as it is used, and is not found again."""
    shelf = Shelf()
    late = shelf.keep("a", 60)
    shelf.keep("b", 60)
    shelf.index.use(late)
    assert shelf.index.cost == 120
    assert shelf.begin("c", 50) is None
    shelf.index.release(late)
    assert shelf.index.cost == 60
    assert not shelf.kept("a")


def test_several_uses_end_one_by_one() -> None:
    """Only after the last one can the item be evicted."""
    shelf = Shelf()
    item = shelf.keep("a", 100)
    shelf.index.use(item)
    shelf.index.use(item)
    shelf.index.release(item)
    assert shelf.begin("b", 1) is None
    shelf.index.release(item)
    assert shelf.begin("b", 1) is not None


def test_all_items_are_listed_whether_in_use_or_not() -> None:
    """As a copy: the index may change during the iteration."""
    shelf = Shelf()
    shelf.index.use(shelf.keep("a", 1))
    shelf.keep("b", 1)
    for item in shelf.index:
        shelf.index.remove(item.key)
    assert len(shelf.index) == 0


def test_costs_can_be_refunded_and_transferred() -> None:
    """The sum is right in the end, whichever item ends first."""
    shelf = Shelf()
    first, second = shelf.keep("a", 40), shelf.begin("b", 30)
    assert second is not None
    shelf.index.refund(second, 10)
    assert shelf.index.cost == 60
    shelf.index.charge(second, first)
    shelf.index.remove("a")
    assert (shelf.index.cost, second.cost) == (60, 60)
    shelf.index.release(second)
    assert shelf.index.cost == 0


def test_copies_go_first() -> None:
    """The least recently used one of them; in use they stay."""
    shelf = Shelf(most_files=2)
    for key in "abcd":
        item = shelf.begin(key, 25, int(key == "c"))
        assert item is not None
        item.copied = key in "bcd"
        shelf.index.admit(item)
        shelf.index.release(item)
    copy = shelf.index.find("b")
    assert copy is not None
    shelf.keep("e", 25)
    assert shelf.kept(*"abcde") == set("abde")
    assert shelf.index.files == 0
    shelf.index.use(copy)
    shelf.keep("f", 25)
    assert shelf.kept(*"abdef") == set("abef")
    shelf.keep("g", 25)
    assert shelf.kept(*"abefg") == set("befg")
    shelf.index.release(copy)
    shelf.index.resize(75)
    assert shelf.kept(*"befg") == set("efg")
    shelf.index.remove("e")
    assert shelf.index.cost == 50

"""What is kept, and what must go to make room."""

from proxy.store.index import Index, Item


class Shelf:
    """An index, and shorthand for what is done with it."""

    def __init__(self, budget: int = 100, most_files: int = 10) -> None:
        self.index = Index[str, Item[str]](budget, most_files=most_files)

    def begin(self, key: str, cost: int, files: int = 0) -> Item[str] | None:
        """Begin an item; None if there is no room for it."""
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


def test_what_goes_is_returned_to_be_let_go() -> None:
    """In the order in which it was used."""
    shelf = Shelf()
    first, second = shelf.keep("a", 40), shelf.keep("b", 40)
    item = Item("c")
    shelf.index.use(item)
    assert shelf.index.reserve(item, 20) == []
    assert shelf.index.reserve(item, 70) == [first, second]
    assert shelf.index.cost == 90


def test_what_is_in_use_is_never_evicted() -> None:
    """Nor is what is being written: then there is no room, and nothing changes."""
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


def test_room_is_made_for_a_writing_as_it_grows() -> None:
    """Until there is none."""
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
    """The oldest that holds one goes; what holds none stays."""
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


def test_a_newer_item_replaces_one_that_is_in_use() -> None:
    """The older costs until its use ends."""
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
    """Nobody finds it meanwhile."""
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


def test_an_item_that_was_found_and_evicted_may_be_used_all_the_same() -> None:
    """It costs for as long as it is used, and is not found again."""
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
    """Only the last one makes it evictable."""
    shelf = Shelf()
    item = shelf.keep("a", 100)
    shelf.index.use(item)
    shelf.index.use(item)
    shelf.index.release(item)
    assert shelf.begin("b", 1) is None
    shelf.index.release(item)
    assert shelf.begin("b", 1) is not None


def test_what_can_be_found_is_listed_with_and_without_uses() -> None:
    """As it is when asked, so that it may be changed on the way."""
    shelf = Shelf()
    shelf.index.use(shelf.keep("a", 1))
    shelf.keep("b", 1)
    for item in shelf.index:
        shelf.index.remove(item.key)
    assert len(shelf.index) == 0


def test_costs_can_be_given_back_and_passed_on() -> None:
    """The sum is right in the end, whoever ends first."""
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

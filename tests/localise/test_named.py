"""What was named in a stretch of a document."""

import pytest

from proxy.core.kind import Kind
from proxy.localise.catalog import MOST_REFUSED
from proxy.localise.named import Named


def test_a_path_that_stands_for_two_urls_is_counted() -> None:
    """The last URL is kept; the same one again is no clash."""
    named = Named()
    for url in ("a", "a", "b", "a"):
        named.learn(Kind.SEGMENT, "main/s.ts", url)
    assert named.clashes == 2
    assert named.urls == {Kind.SEGMENT: {"main/s.ts": "a"}}


@pytest.mark.parametrize(
    ("new", "learned"),
    [
        ({"main/t.ts": "b"}, True),
        ({"main/s.ts": "a", "main/t.ts": "b"}, True),
        ({"main/t.ts": "b", "main/s.ts": "b"}, False),
    ],
)
def test_many_are_learned_at_once_or_none(
    new: dict[str, str], *, learned: bool
) -> None:
    """A clash among them is left to whoever learns them one by one."""
    named = Named()
    named.learn(Kind.SEGMENT, "main/s.ts", "a")
    assert named.learn_all(Kind.SEGMENT, new) == learned
    before = {"main/s.ts": "a"}
    assert named.urls == {Kind.SEGMENT: before | new if learned else before}
    assert named.clashes == 0


def test_some_of_the_refused_are_enough() -> None:
    """A playlist of refused addresses only would fill the memory."""
    named = Named()
    for number in range(MOST_REFUSED + 1):
        named.refuse(f"main/{number}.ts", "https://evil.example")
    assert len(named.refused) == MOST_REFUSED

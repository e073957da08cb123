"""What was named in a section of a document."""

import pytest

from proxy.core.kind import Kind
from proxy.localise.catalog import MOST_REFUSED
from proxy.localise.named import Named


def test_a_path_with_two_urls_is_counted() -> None:
    """The last URL is kept; the same URL again is not a clash."""
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
    """If there is a clash among them, the caller learns them one by one."""
    named = Named()
    named.learn(Kind.SEGMENT, "main/s.ts", "a")
    assert named.learn_all(Kind.SEGMENT, new) == learned
    before = {"main/s.ts": "a"}
    assert named.urls == {Kind.SEGMENT: before | new if learned else before}
    assert named.clashes == 0


def test_the_list_of_refused_addresses_is_limited() -> None:
    """A playlist of only refused addresses would fill the memory."""
    named = Named()
    for number in range(MOST_REFUSED + 1):
        named.refuse(f"main/{number}.ts", "https://evil.example")
    assert len(named.refused) == MOST_REFUSED

"""The fast path for the canonical URLs of signed segments."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.names import Marks, Volatile
from proxy.core.hls.signed import Queries, queries_of
from proxy.core.tokens.placing.path_placement import PathPart, PathPrefix
from proxy.core.tokens.placing.placement import Cookie, Placement, Query, QueryText
from proxy.core.tokens.placing.rule import Reach, Rule

REACH = Reach(everything=True, origins=frozenset())
MARKS = Marks(Rule((Query("Token"),), REACH), Volatile(frozenset({"expires", "s"})))
names = st.sampled_from(["Expires", "expires", "s", "S", "t", "token", "%73", "", "s2"])
pairs = st.builds("{}{}".format, names, st.sampled_from(["", "=", "=%7e=", "=a/b"]))
queries = st.lists(pairs, min_size=1).map("&".join)


@given(queries)
def test_the_fast_path_gives_the_same_result(query: str) -> None:
    """Whenever it gives any result."""
    kept = Queries(MARKS).kept(query)
    if kept is not None:
        url = "https://h/s.ts"
        assert MARKS.steady(f"{url}?{query}") == (f"{url}?{kept}" if kept else url)
        assert MARKS.rule.blank(f"{url}?{query}") == f"{url}?{query}"


@given(queries, queries)
def test_a_pattern_matches_only_equal_queries(query: str, other: str) -> None:
    """A pattern for many queries at once only matches those that are removed."""
    one = Queries(MARKS)
    like = one.like(query)
    assert (like is not None) == (one.kept(query) == "")
    if like is not None:
        assert re.fullmatch(like, query)
        assert one.kept(other) == "" or not re.fullmatch(like, other)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("Expires=1&S=2", ""),
        ("expires=1&", ""),
        ("a=1&b=%7e", "a=1&b=%7e"),
        ("a=1&s=2", None),
        ("%61=1", None),
        ("token=x", None),
        ("", None),
    ],
)
def test_mixed_queries_do_not_use_the_fast_path(query: str, kept: str | None) -> None:
    """Some parameters stay, or there is an escape or a token."""
    assert Queries(MARKS).kept(query) == kept


@pytest.mark.parametrize(
    ("placement", "short"),
    [
        (Query("t"), True),
        (QueryText(("a", "b")), True),
        (Cookie("c"), True),
        (PathPart(1), False),
        (PathPrefix("t="), False),
    ],
)
def test_paths_that_may_contain_a_token_do_not_use_the_fast_path(
    placement: Placement, *, short: bool
) -> None:
    """Nor do those with a signature in the path."""
    rule = Rule((placement,), REACH)
    assert (queries_of(Marks(rule)) is not None) == short
    signed = Volatile(path=(re.compile("x"),))
    assert queries_of(Marks(rule, signed)) is None

"""Parameters of a query are read, set, removed and appended."""

from collections.abc import Collection
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http import uri
from proxy.core.http.uri_query import (
    append_query,
    drop_query,
    keep_query,
    query_value,
    set_queries,
    set_query,
)
from tests.core.http.urls import urls

names = st.text("abcAB-_.~ %&=+é", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("sid=7", "7"),
        ("x=1&sid=a%20b+c", "a b+c"),
        ("s%69d=7", "7"),
        ("sid=", ""),
        ("sid", None),
        ("sid&sid=7", "7"),
        ("sid=1&sid=2", "1"),
        ("sid=a=b", "a=b"),
        ("SID=7", None),
        ("sid=%C3%A5", "å"),
        ("sid=%E5", "\udce5"),
        ("", None),
        (None, None),
    ],
)
def test_query_value_is_decoded(query: str | None, value: str | None) -> None:
    """The first one with a value counts; a plus sign stays a plus sign."""
    assert query_value(query, "sid") == value


@pytest.mark.parametrize(
    ("url", "changed"),
    [
        ("https://h/a", "https://h/a?token=N"),
        ("https://h/a?", "https://h/a?token=N"),
        ("https://h/a?x=%7e", "https://h/a?x=%7e&token=N"),
        ("https://h/a?x&", "https://h/a?x&token=N"),
        ("https://h/a?token=O&x=+", "https://h/a?token=N&x=+"),
        ("https://h/a?x&token=O&y&token=P", "https://h/a?x&token=N&y"),
        ("https://h/a?t%6Fken=O", "https://h/a?t%6Fken=N"),
        ("https://h/a?token", "https://h/a?token=N"),
        ("https://h/a?Token=O", "https://h/a?Token=O&token=N"),
        ("https://h/a#token=O", "https://h/a?token=N#token=O"),
        ("https://h/a?token=O#f", "https://h/a?token=N#f"),
    ],
)
def test_set_query_replaces_and_never_adds_a_second(url: str, changed: str) -> None:
    """The first one gets the value, later ones are removed, the rest stays."""
    assert set_query(url, "token", "N") == changed


def test_set_query_encodes_what_is_not_unreserved() -> None:
    """Decoding gives the name and value back."""
    url = set_query("https://h/", "a b", "x-._~/+&=å")
    assert url == "https://h/?a%20b=x-._~%2F%2B%26%3D%C3%A5"


@pytest.mark.parametrize(
    ("value", "placed"),
    [
        ("exp=1~acl=/*!/b~hmac=a", "exp=1~acl=/*!/b~hmac=a"),
        ("%2f%zz+a b&c#d", "%2f%25zz+a%20b%26c%23d"),
        ("å", "%C3%A5"),
    ],
)
def test_set_query_raw_keeps_allowed_characters(value: str, placed: str) -> None:
    """Some platforms sign or compare the text as it is in the query."""
    assert set_query("https://h/?t=O&x", "t", value, raw=True) == (
        f"https://h/?t={placed}&x"
    )


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://h/a?x=1&T=%7e&y&t=O#f", "https://h/a?T=%7e&t=O#f"),
        ("https://h/a?x=1&t%4Fken", "https://h/a"),
        ("https://h/a?", "https://h/a"),
        ("https://h/a", "https://h/a"),
    ],
)
def test_keep_query_removes_all_others(url: str, kept: str) -> None:
    """The question mark goes with the last of them."""
    assert keep_query(url, {"t"}) == kept


@given(urls, names, st.text(st.characters(codec="utf-8"), max_size=6))
def test_set_query_is_read_back(url: str, name: str, value: str) -> None:
    """Setting it again changes nothing."""
    once = set_query(url, name, value)
    assert query_value(uri.split(once).query, name) == value
    assert set_query(once, name, value) == once


@pytest.mark.parametrize(
    ("url", "names", "left"),
    [
        ("https://h/a?token=O", {"token"}, "https://h/a"),
        ("https://h/a?x=%7e&Token=O&y", {"token"}, "https://h/a?x=%7e&y"),
        ("https://h/a?t%4Fken=O&x", {"token"}, "https://h/a?x"),
        ("https://h/a?token&x&&y", {"token"}, "https://h/a?x&&y"),
        ("https://h/a?token=1&expires=2", {"token", "expires"}, "https://h/a"),
        ("https://h/a?token=O&", {"token"}, "https://h/a"),
        ("https://h/a?", {"token"}, "https://h/a?"),
        ("https://h/a", {"token"}, "https://h/a"),
        ("https://h/a?x=1&&", {"token"}, "https://h/a?x=1&&"),
        ("https://h/a?token=O#f", {"token"}, "https://h/a#f"),
    ],
)
def test_drop_query_removes_all_spellings(
    url: str, names: Collection[str], left: str
) -> None:
    """The question mark is removed with the last parameter."""
    assert drop_query(url, names) == left


@given(urls, names)
def test_drop_query_leaves_no_trace(url: str, name: str) -> None:
    """Dropping it again changes nothing."""
    lower = name.lower()
    once = drop_query(url, {lower})
    assert query_value(uri.split(once).query, lower) is None
    assert drop_query(once, {lower}) == once


@pytest.mark.parametrize(
    ("url", "changed"),
    [
        ("https://h/a", "https://h/a?_HLS_msn=1"),
        ("https://h/a?", "https://h/a?_HLS_msn=1"),
        ("https://h/a?x=~", "https://h/a?x=~&_HLS_msn=1"),
        ("https://h/a?x&", "https://h/a?x&_HLS_msn=1"),
        ("https://h/a&", "https://h/a&?_HLS_msn=1"),
        ("https://h/a?x#f", "https://h/a?x&_HLS_msn=1#f"),
    ],
)
def test_append_query_uses_the_right_separator(url: str, changed: str) -> None:
    """A question mark, an ampersand, or none."""
    assert append_query(url, "_HLS_msn=1") == changed


def test_append_query_of_nothing_is_nothing() -> None:
    """An empty query adds no question mark."""
    assert append_query("https://h/a", "") == "https://h/a"


PIECES = st.text("a b%26=&?/#+é", max_size=6)


@given(
    st.builds("https://h/{}{}".format, PIECES, st.lists(PIECES).map("?".join)),
    st.dictionaries(PIECES, PIECES, max_size=5),
)
def test_setting_many_parameters_equals_setting_each(
    url: str, values: dict[str, str]
) -> None:
    """They are replaced in place, or appended in order of their names."""
    values, singly = dict(sorted(values.items())), url
    for name, value in values.items():
        singly = set_query(singly, name, value)
    encoded = {
        name: f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in values.items()
    }
    assert set_queries(url, encoded) == singly

"""JSON as text: strings are found and changed in place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.json_text import JsonEdit, splice, strings, table
from proxy.errors import BadAnswerError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def walked(value: object, path: tuple[str | int, ...] = ()) -> list[object]:
    """Return paths and values of all strings, by the standard library's parser."""
    match value:
        case str():
            return [(path, value)]
        case list():
            pairs: list[tuple[str | int, object]] = list(enumerate(value))
        case dict():
            pairs = list(value.items())
        case _:
            return []
    return [found for key, item in pairs for found in walked(item, (*path, key))]


@given(st.dictionaries(st.text(), VALUES), st.sampled_from([None, 0, 1]))
def test_the_same_strings_are_found_as_by_a_parser(
    value: dict[str, object], indent: int | None
) -> None:
    """Each with its path, for any content and layout."""
    for ascii_only in (True, False):
        text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
        found = list(strings(text))
        assert [(each.path, each.value) for each in found] == walked(value)
        assert all(json.loads(text[e.start : e.end]) == e.value for e in found)


@given(st.dictionaries(st.text(), VALUES))
def test_nothing_else_changes(value: dict[str, object]) -> None:
    """Replacing each string by itself keeps the meaning."""
    text = json.dumps(value, indent=1)
    same = [JsonEdit(each.start, each.end, each.value) for each in strings(text)]
    assert json.loads(splice(text, same)) == value
    assert splice(text, []) == text


@pytest.mark.parametrize(
    "text", ["", "[]", "1", '"x"', "{", '{"a":}', "<html>", "[" * 100_000, "nul"]
)
def test_anything_but_an_object_is_refused(text: str) -> None:
    """However deep it is."""
    with pytest.raises(BadAnswerError):
        table(text)


@pytest.mark.parametrize(("levels", "fits"), [(32, True), (33, False)])
def test_s9_the_depth_of_a_document_is_limited(levels: int, *, fits: bool) -> None:
    """Brackets in strings do not count."""
    inner = "[" * (levels - 1) + '"[[{"' + "]" * (levels - 1)
    text = f'{{"a":{inner}}}'
    if fits:
        assert table(text)
    else:
        with pytest.raises(BadAnswerError):
            table(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_accepts_is_refused(number: str) -> None:
    """A player would fail on it (RFC 8259, section 6)."""
    with pytest.raises(BadAnswerError):
        table(f'{{"a": {number}}}')


def test_a_byte_order_mark_is_skipped() -> None:
    """Some editors write it."""
    assert table('\ufeff{"a": 1}') == {"a": 1}

"""A placement has one place, and a text with a field of the token."""

import pytest

from proxy.settings.errors.mistakes import Mistake
from proxy.settings.stream.placement import PlacementSettings, shared
from tests.settings.told import told

ONE = (
    "expected exactly one of query, query_text, header, cookie, "
    "path_part, path_prefix, basic, whole_url"
)


@pytest.mark.parametrize(
    "table",
    [
        {"query": "token"},
        {"header": "Authorization", "value": "Bearer {token}"},
        {"header": "X-Api-Key"},
        {"cookie": "CloudFront-Policy", "value": "{policy}"},
        {"path_part": 1},
        {"path_prefix": "bcdn_token=", "value": "{token}&expires={expires}", "at": 2},
        {"basic": "{user}"},
        {"basic": ""},
        {"whole_url": True, "value": "{url}"},
        {"query": "hdnts", "raw": True},
        {"query_text": ["Policy", "Signature"], "value": "Policy={p}&Signature={s}"},
        {"query": "token", "exclusive": True},
    ],
)
def test_each_place_may_be_given_alone(table: dict[str, object]) -> None:
    """By default with {token}."""
    placement = PlacementSettings.model_validate(table)
    assert placement.value == table.get("value", "{token}")


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({}, "no place"),
        ({"query": "a", "header": "B"}, "more than one place"),
        ({"cookie": "a", "path_part": 1}, "more than one place"),
    ],
)
def test_no_place_or_two_are_refused(table: dict[str, object], found: str) -> None:
    """A list is for several places."""
    assert told(PlacementSettings, table) == [f": {found}; {ONE}"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Host", "expected a header that the proxy does not set itself"),
        ("transfer-ENCODING", "expected a header that the proxy does not set itself"),
        ("Content-Length", "expected a header that the proxy does not set itself"),
        ("Connection", "expected a header that the proxy does not set itself"),
        ("Range", "expected a header that the proxy does not set itself"),
        ("X Key", "expected the name of a header"),
        ("X:", "expected the name of a header"),
        ("", "expected the name of a header"),
    ],
)
def test_a_header_that_would_break_the_message_is_refused(
    name: str, wanted: str
) -> None:
    """The proxy sets the framing, and a name is a token of RFC 9110."""
    assert told(PlacementSettings, {"header": name}) == [f'header: "{name}"; {wanted}']


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({"query": ""}, "query: an empty string; expected a string that is not empty"),
        ({"cookie": "a;b"}, 'cookie: "a;b"; expected the name of a cookie'),
        ({"path_part": 0}, "path_part: 0; expected it to be greater than 0"),
        ({"query_text": []}, "query_text: an empty list; expected at least one entry"),
        (
            {"path_prefix": "a/b="},
            'path_prefix: "a/b="; expected 2 or more characters that a path may have',
        ),
        (
            {"basic": "a:b"},
            "basic: has a colon; expected a user without a colon (RFC 7617)",
        ),
        ({"header": "A", "raw": True}, "raw: is set; expected it only with query"),
        (
            {"cookie": "A", "exclusive": True},
            "exclusive: is set; expected it only with query or query_text",
        ),
        ({"query": "A", "at": 2}, "at: is set; expected it only with path_prefix"),
        (
            {"query": "a", "value": "CANARY"},
            (
                "value: has no field of the token; "
                'expected at least one, such as "{token}"'
            ),
        ),
        (
            {"header": "A", "value": "{token}\r\nX: 1"},
            "value: is not one line of ASCII; expected one line of ASCII",
        ),
    ],
)
def test_impossible_placements_are_refused(table: dict[str, object], line: str) -> None:
    """Such as a fixed secret, or a second header."""
    assert told(PlacementSettings, table) == [line]


def test_a_placement_is_checked_against_token_and_path() -> None:
    """Fields missing in the token and parts missing in the path are reported."""
    placement = PlacementSettings(path_part=3, value="{a}{b}")
    assert placement.mistakes(frozenset({"a", "c"}), parts=2) == [
        Mistake("{b} is not a field of the token", "expected one of a, c"),
        Mistake("path_part 3", "expected at most 2: the url has 2 parts"),
    ]
    assert not placement.mistakes(frozenset({"a", "b"}), parts=3)


@pytest.mark.parametrize(
    ("table", "mistake"),
    [
        (
            {"basic": "{user}"},
            Mistake("{user} is not a field of the token", "expected one of a, token"),
        ),
        (
            {"path_prefix": "t=", "at": 3},
            Mistake("at 3", "expected at most 2: the url has 2 parts"),
        ),
        (
            {"query_text": ["P"], "value": "P={a}&Signature={token}"},
            Mistake(
                "Signature is not listed",
                "expected all parameters of the value in query_text",
            ),
        ),
    ],
)
def test_each_place_is_checked_for_what_it_needs(
    table: dict[str, object], mistake: Mistake
) -> None:
    """Users, positions and listed parameters."""
    placement = PlacementSettings.model_validate(table)
    assert placement.mistakes(frozenset({"a", "token"}), parts=2) == [mistake]


@pytest.mark.parametrize(
    ("tables", "indexes"),
    [
        ([{"query": "Token"}, {"query_text": ["a", "token"]}], [1]),
        ([{"basic": "u"}, {"cookie": "a"}, {"header": "AUTHORIZATION"}], [2]),
        ([{"path_part": 1}, {"path_part": 2}, {"path_part": 1}], [2]),
        ([{"query": "a"}, {"cookie": "a"}, {"header": "a"}], []),
    ],
)
def test_a_place_is_used_once(
    tables: list[dict[str, object]], indexes: list[int]
) -> None:
    """In any spelling; another kind of place is another place."""
    places = [PlacementSettings.model_validate(table) for table in tables]
    assert list(shared(places)) == indexes


def test_a_fixed_part_of_the_value_is_not_printed() -> None:
    """It may contain half a secret."""
    assert "CANARY" not in repr(PlacementSettings(query="a", value="CANARY{token}"))

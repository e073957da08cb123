"""The numbered rules, and the tests that cite them."""

import re

import pytest

from tests.docs.pages import page
from tools import invariants

PAGE = page("invariants")


def test_rules_and_citations_match() -> None:
    """Each rule has a test, and each cited number is a rule."""
    rules = invariants.rules(PAGE)
    assert len(set(rules)) == len(rules)
    assert set(rules) == set(invariants.citations())


def test_the_lists_of_tests_are_up_to_date() -> None:
    """`make pages` writes them; each named test exists and cites the rule."""
    assert invariants.with_tests(PAGE) == PAGE


def test_each_rule_has_its_reason_and_its_tests() -> None:
    """In this order."""
    parts = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
    assert len(parts) == len(invariants.rules(PAGE))
    for part in parts:
        assert re.search(r"^\*Why:\* \S", part, re.MULTILINE), part
        assert re.search(rf"^{invariants.HELD}`", part, re.MULTILINE), part


@pytest.mark.parametrize(
    ("number", "test"),
    [
        ("R2", "::test_r2_200_cold_requests_make_one_attempt"),
        ("I2", "::test_i1_i2_i3_a_body_that_ends_too_early_is_truncated"),
        ("I4", "::test_the_framing_determines_the_end"),
        ("S16", "test_pools.py"),
    ],
    ids=["name", "one of several in a name", "docstring", "module"],
)
def test_citations_are_found(number: str, test: str) -> None:
    """In the name or docstring of a test or module."""
    assert any(cited.endswith(test) for cited in invariants.citations()[number])

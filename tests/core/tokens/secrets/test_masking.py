"""Masking a line of another program's output for the log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.secrets.masking import LONGEST, masked

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDB9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("login expired, run `sso login`", "login expired, run `sso login`"),
        ("no such profile: lobby", "no such profile: lobby"),
        ("curl: (6) Could not resolve host", "curl: (6) Could not resolve host"),
        (f"bad token {JWT}", "bad token …"),
        ("token=abc", "token=…"),
        ('{"access_token": "abc", "n": 1}', '{"access_token": "…", "n": 1}'),
        ("Authorization: Bearer abc", "Authorization: Bearer …"),
        ("password: hunter2 is wrong", "password: … is wrong"),
        ("got Basic bWU6eA==", "got Basic …"),
        ("GET https://id.test/token?key=abc failed", "GET … failed"),
        ("AKIAIOSFODNN7EXAMPLE is not valid", "… is not valid"),
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "…"),
        ("0123456789abcdef", "…"),
        ("abcdefABCDEFabcdefABCDEF", "…"),
        ("a" * 50, "…"),
        ("\x1b[31mred\x1b[0m\t", "[31mred [0m"),
    ],
)
def test_possible_secrets_are_masked(line: str, shown: str) -> None:
    """The rest shows what went wrong."""
    assert masked(line) == shown


def test_known_secrets_are_masked_everywhere() -> None:
    """Except short ones that cannot be secret."""
    assert masked("xhunter2y 1", {"hunter2", "hunter2y", "1"}) == "x… 1"


def test_the_length_of_a_line_is_limited() -> None:
    """Some programs write a whole page into one."""
    assert len(masked("word " * 10_000)) <= LONGEST + 1


@given(st.text(), st.text(alphabet="abcXYZ019_-", min_size=24, max_size=60))
def test_no_token_remains(before: str, token: str) -> None:
    """Anywhere in a line."""
    if any(char.isdigit() for char in token) or token.lower() != token:
        assert token not in masked(f"{before} {token} after")


@given(st.text())
def test_the_line_can_be_printed(line: str) -> None:
    """No control character reaches a terminal."""
    assert masked(line).isprintable()

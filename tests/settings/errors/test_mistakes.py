"""Wrong values are shown only if that is safe."""

import datetime as dt

import pytest

from proxy.settings.errors.mistakes import (
    Mistake,
    Wrong,
    choice,
    described,
    nearest,
    shown,
    wrong,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (3, "3"),
        (2.5, "2.5"),
        ("short", '"short"'),
        ("x" * 41, "a string"),
        ("two\nlines", "a string"),
        ([1], "a list"),
    ],
)
def test_short_values_are_shown_and_long_ones_described(
    value: object, text: str
) -> None:
    """A pasted key or token is longer than that."""
    assert shown(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (False, "true or false"),
        (1, "a number"),
        ("", "an empty string"),
        ("CANARY", "a string"),
        ({"a": 1}, "a table"),
        ((1,), "a list"),
        (dt.datetime(2030, 1, 1, tzinfo=dt.UTC), "a date or time"),
    ],
)
def test_a_description_contains_only_the_type(value: object, text: str) -> None:
    """For values that may be secret, the error names only their TOML type."""
    assert described(value) == text


@pytest.mark.parametrize(
    ("name", "near"), [("listn", "listen"), ("LISTEN", "listen"), ("zzz", None)]
)
def test_the_nearest_known_name_is_offered(name: str, near: str | None) -> None:
    """For a typo the intended name is offered, for nonsense nothing."""
    assert nearest(name, {"listen", "hosts"}) == near


@pytest.mark.parametrize(
    ("name", "known", "near"),
    [
        ("secret", {"key", "key_file"}, "key"),
        ("secret_file", {"key", "key_file"}, "key_file"),
        ("secret", {"secret", "key"}, "key"),
        ("secret", {"secret"}, None),
        ("key_env", {"secret_env", "source"}, "secret_env"),
        ("url", {"token_url", "source"}, "token_url"),
        ("Secret", {"secret"}, "secret"),
    ],
)
def test_the_name_of_another_source_is_recognised(
    name: str, known: set[str], near: str | None
) -> None:
    """The refused name itself is never offered."""
    assert nearest(name, known) == near


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("publik", "did you mean public? expected one of listed, public"),
        ("xyz", "expected one of listed, public"),
        (7, "expected one of listed, public"),
    ],
)
def test_all_choices_are_listed(value: object, wanted: str) -> None:
    """The probably intended one comes first."""
    assert choice(value, ("listed", "public")) == wanted


def test_one_error_carries_all_mistakes() -> None:
    """A validator can report several mistakes, each with its own key."""
    mistakes = (Mistake("a", "b", ("x",)), Mistake("c", "d"))
    assert Wrong(*mistakes).mistakes == mistakes
    assert wrong("a", "b", "x").mistakes == mistakes[:1]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("FastPix", "fastpix"),
        ("fast-pix", "fastpix"),
        ("cloudflare", "cloudflare-stream"),
        ("ivs", "amazon-ivs"),
        ("aws-amazon-ivs-live", "amazon-ivs"),
        ("mux.com", "mux"),
        ("gcdn", None),
        ("x", None),
    ],
)
def test_a_part_of_a_name_is_enough(said: str, meant: str | None) -> None:
    """A platform is found even if its name is written in another way."""
    known = ("amazon-ivs", "cloudflare-stream", "fastpix", "generic", "mux")
    assert nearest(said, known) == meant


def test_a_long_list_is_cut() -> None:
    """A configuration may have a thousand streams."""
    known = [f"{number:04}" for number in range(1000)]
    assert choice("lobby", known).endswith("0039 and 960 more")
    assert choice("0007x", known) == "did you mean 0007?"

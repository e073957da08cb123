"""How a server may write a secret."""

import pytest

from proxy.core.tokens.secrets.spellings import as_bytes, spelt_all, tells


def test_a_secret_is_searched_in_few_spellings() -> None:
    """Each costs a search through every playlist."""
    spelt = spelt_all(["an-api-key-1"], strict=False)
    assert b"an-api-key-1" in spelt.needles
    assert b"616e2d6170692d6b65792d31" in spelt.needles
    assert b"616E2D6170692D6B65792D31" in spelt.needles
    assert len(spelt.needles) == len(set(spelt.needles)) <= 9
    assert "api" not in repr(spelt)


@pytest.mark.parametrize(
    ("secret", "strict", "found"),
    [
        ("an-api-key", False, True),
        ("short", False, False),
        ("short", True, True),
        ("20261130120000", False, False),
        ("1234", True, True),
    ],
)
def test_values_that_do_not_appear_by_chance(
    secret: str, *, strict: bool, found: bool
) -> None:
    """If it does no harm, shorter ones are searched too."""
    assert tells(secret, strict=strict) is found


def test_bytes_that_are_not_text_stay() -> None:
    """A text may come from anywhere."""
    assert as_bytes("Grü\udcff") == "Grü".encode() + b"\xff"
    assert as_bytes(b"\xff") == b"\xff"

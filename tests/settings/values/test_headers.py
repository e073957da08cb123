"""Names and values of header fields, as a configuration may have them."""

import pytest

from proxy.settings.errors.mistakes import Wrong
from proxy.settings.values.headers import (
    header_name,
    header_value,
    is_http_token,
    user,
)


@pytest.mark.parametrize(
    "name", ["X-Api-Key", "authorization", "Cookie", "a!#$%&'*+.^_`|~9"]
)
def test_a_token_of_rfc_9110_is_a_name(name: str) -> None:
    """Its case stays."""
    assert is_http_token(name)
    assert header_name(name) == name


@pytest.mark.parametrize(
    "name", ["Host", "transfer-ENCODING", "Range", "X Key", "X:", "", "ü"]
)
def test_framing_fields_and_invalid_names_are_refused(name: str) -> None:
    """The proxy sets the framing."""
    with pytest.raises(Wrong) as caught:
        header_name(name)
    assert "header" in caught.value.mistakes[0].wanted


@pytest.mark.parametrize("value", ["a\r\nX: 1", "a\0", "ü"])
def test_a_value_is_one_line_of_ascii(value: str) -> None:
    """Anything else could start another field, and is not shown."""
    assert header_value("Bearer {token}") == "Bearer {token}"
    with pytest.raises(Wrong, match="is not one line of ASCII"):
        header_value(value)


def test_a_user_has_no_colon() -> None:
    """RFC 7617, section 2: a colon ends the user."""
    assert user("lobby") == "lobby"
    with pytest.raises(Wrong, match="colon"):
        user("a:b")

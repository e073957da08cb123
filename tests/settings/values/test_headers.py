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
    """As it is: no case is changed."""
    assert is_http_token(name)
    assert header_name(name) == name


@pytest.mark.parametrize(
    "name", ["Host", "transfer-ENCODING", "Range", "X Key", "X:", "", "ü"]
)
def test_what_frames_the_message_or_is_no_name_is_refused(name: str) -> None:
    """Framing is the proxy's own."""
    with pytest.raises(Wrong) as caught:
        header_name(name)
    assert "header" in caught.value.mistakes[0].wanted


@pytest.mark.parametrize("value", ["a\r\nX: 1", "a\0", "ü"])
def test_a_value_is_one_line_of_ascii(value: str) -> None:
    """Anything else could begin another field, and is not shown."""
    assert header_value("Bearer {token}") == "Bearer {token}"
    with pytest.raises(Wrong, match="is not one line of ASCII"):
        header_value(value)


def test_a_user_has_no_colon() -> None:
    """RFC 7617, section 2: it ends the user."""
    assert user("lobby") == "lobby"
    with pytest.raises(Wrong, match="colon"):
        user("a:b")

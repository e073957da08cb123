"""How our own fields write text."""

import pytest

from proxy.core.http.structured import quoted


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", '"plain"'),
        ('a "b" \\', r'"a \"b\" \\"'),
        ("a\r\nb\x00c", '"a??b?c"'),
        ("Zürich", '"Z?rich"'),
    ],
)
def test_a_text_is_printable_and_in_quotes(text: str, written: str) -> None:
    """Nothing in it can end the string or the header field."""
    assert quoted(text) == written

"""Where in an answer the token is."""

import pytest

from proxy.settings.sources.answer_layout import Answered
from tests.settings.told import told


def test_without_pointers_the_whole_text_is_the_token() -> None:
    """Its one field is `token`."""
    answered = Answered()
    assert answered.field_names() == {"token"}
    assert Answered(fields={"a": "/a", "b": "/b"}).field_names() == {"a", "b"}


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            {"fields": {"a": "token"}},
            (
                'fields.a: "token"; '
                'expected a JSON Pointer (RFC 6901), such as "/data/token"'
            ),
        ),
        (
            {"fields": {"a": "/~2"}},
            (
                'fields.a: "/~2"; '
                'expected a JSON Pointer (RFC 6901), such as "/data/token"'
            ),
        ),
        (
            {"expires_at": "/e"},
            (
                "expires_at: is set without fields; "
                'expected fields too, such as { token = "/token" }'
            ),
        ),
        ({"ttl": 0}, "ttl: 0 seconds; expected more than 0"),
    ],
    ids=range(4),
)
def test_a_mistake_is_reported(table: dict[str, object], line: str) -> None:
    """Before any request."""
    assert told(Answered, table) == [line]


def test_times_are_pointers_beside_fields() -> None:
    """A lifetime is a duration."""
    table = {"fields": {"token": ""}, "expires_in": "/e", "ttl": "5m"}
    answered = Answered.model_validate(table)
    assert (answered.expires_in, answered.ttl) == ("/e", 300.0)

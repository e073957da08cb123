"""Tests of the expiry that a signed URL shows."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.times.url_end import url_end

END = 1700000300
POLICY = base64.b64encode(
    b'{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1700000300}}}]}'
).decode()


def _jwt(**claims: object) -> str:
    parts = ({"alg": "RS256"}, claims)
    coded = (base64.urlsafe_b64encode(json.dumps(p).encode()) for p in parts)
    return ".".join([*(part.decode().rstrip("=") for part in coded), "c2ln"])


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("s.ts?cdn=c&expires=1700000300&signature=x", END),
        ("s.ts?Expires=1700000300&Signature=x", END),
        ("s.ts?hdntl=exp%3D1700000300~acl%3D%2F*~hmac%3Da", END),
        ("exp=1700000300~acl=%2F*~hmac=a/s.ts", END),
        (f"s.ts?Policy={POLICY}&Signature=x", END),
        (f"s.ts?token={_jwt(exp=END)}", END),
        (f"{_jwt(exp=END)}/s.ts", END),
        # The first of two.
        (f"s.ts?expires=1700000900&t={_jwt(exp=END)}", END),
        (f"s.ts?token={_jwt(sub='x')}", None),
        (f"s.ts?token={_jwt(exp='soon')}", None),
        ("1700000300/s.ts", None),
        ("s.ts?signature=abc", None),
        ("s.ts", None),
        ("", None),
    ],
)
def test_what_a_url_shows(path: str, end: float | None) -> None:
    """Platforms write it in the query, in the path, or in a JWT in either."""
    assert url_end(f"https://a.example/{path}") == end


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_nothing_raises(tail: str) -> None:
    """URLs come from upstream."""
    url_end(f"https://a.example/{tail}?{tail}")

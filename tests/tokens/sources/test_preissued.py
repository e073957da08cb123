"""Tokens that were made elsewhere."""

import jwt
import pytest

from proxy.errors import SourceError
from proxy.tokens.sources.preissued import given_token

NOW = 1_800_000_000.0
SECRET = "canary-" * 5


def jwt_of(exp: float) -> str:
    """Return a JWT that expires then."""
    return jwt.encode({"exp": exp}, SECRET)


@pytest.mark.parametrize(
    ("fields", "expires_at", "ends"),
    [
        ({"token": "opaque"}, None, None),
        ({"token": "opaque"}, NOW + 60, NOW + 60),
        ({"token": jwt_of(NOW + 60)}, None, NOW + 60),
        ({"token": jwt_of(NOW + 60)}, NOW + 90, NOW + 60),
        ({"token": jwt_of(NOW + 60)}, NOW + 30, NOW + 30),
        ({"a": jwt_of(NOW + 60), "b": jwt_of(NOW + 50)}, None, NOW + 50),
    ],
    ids=range(6),
)
def test_the_earliest_expiry_counts(
    fields: dict[str, str], expires_at: float | None, ends: float | None
) -> None:
    """From the configuration or from the token."""
    token = given_token(fields, now=NOW, expires_at=expires_at)
    assert (token.fields, token.expires_at) == (fields, ends)


@pytest.mark.parametrize(
    ("fields", "expires_at"),
    [
        ({}, None),
        ({"token": ""}, None),
        ({"token": "opaque"}, NOW),
        ({"token": jwt_of(NOW - 1)}, None),
    ],
    ids=range(4),
)
def test_an_empty_or_expired_token_is_refused(
    fields: dict[str, str], expires_at: float | None
) -> None:
    """Asking again soon does not help."""
    with pytest.raises(SourceError) as caught:
        given_token(fields, now=NOW, expires_at=expires_at)
    assert not caught.value.recoverable

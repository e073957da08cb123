"""Why there is no token, from the message of its source."""

import pytest

from proxy import errors
from proxy.diagnosis.fault import cause_of
from proxy.diagnosis.token_causes import cause_in


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("invalid_client", "client_secret"),
        ("invalid_grant", "refresh_token"),
        ("invalid_scope", "scopes"),
        ("invalid_target", "parameters"),
        ("unauthorized_client", "grant"),
        ("unsupported_grant_type", "grant"),
    ],
)
def test_an_oauth_error_names_the_setting(code: str, named: str) -> None:
    """The meaning in the standard, in terms of the configuration."""
    said = f"no token for a: id.test answered 400: {code}: No"
    cause = cause_of(errors.TokenUnavailableError(said, retry_after=1.0))
    assert "settings" in cause.whose
    assert named in cause.advice


@pytest.mark.parametrize(
    ("said", "whose", "named"),
    [
        ("id.test: connection refused", "settings", "port"),
        ("id.test answered 400: bad", "settings", "body"),
        ("id.test answered 401: who?", "settings", "secrets"),
        ("id.test answered 404", "settings", "url"),
        ("id.test answered 429", "token service", "quota"),
        ("id.test answered 502", "token service", "has a fault"),
        ("the answer has nothing at /token; it has /jwt", "settings", "pointers"),
        ("the answer has no string at /token", "settings", "pointers"),
        ("no token within 10 s", "source of the token", "timeout"),
        ("something else", "source of the token", "correct"),
    ],
)
def test_a_failing_source_has_advice(said: str, whose: str, named: str) -> None:
    """It names the setting, or who can fix it."""
    error = errors.TokenUnavailableError(f"no token for a: {said}", retry_after=1.0)
    cause = cause_of(error)
    assert whose in cause.whose
    assert named in cause.advice


def test_an_unknown_message_has_no_cause() -> None:
    """Then the class of the error decides."""
    assert cause_in("no token for a: something else") is None

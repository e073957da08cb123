"""Why there is no token: finds whose fault it is from the source's error text."""

import re

from proxy.diagnosis.cause import Cause

# Error codes of RFC 6749, section 5.2, and RFC 8707, as a source's error text has them.
_OAUTH = {
    "invalid_client": "check client_id, client_secret and client_auth",
    "invalid_grant": (
        "the login has ended or was revoked: log in again for a new refresh_token"
    ),
    "invalid_scope": "the service does not know these scopes: check scopes",
    "invalid_target": "the service does not know this target: check parameters",
    "unauthorized_client": (
        "the service does not allow this grant for this client: allow it there"
    ),
    "unsupported_grant_type": (
        "the service does not offer this grant: check grant and token_url"
    ),
}
_SETTINGS = "the stream's settings"
_BOTH = f"{_SETTINGS}, or the token service"
# The first pattern that occurs in the error text is used.
_SOURCES = (
    *((re.compile(code), Cause(_BOTH, advice)) for code, advice in _OAUTH.items()),
    (
        re.compile(r"answered 40[13]\b"),
        Cause(
            _BOTH, "it does not accept these credentials: check the secrets in `token`"
        ),
    ),
    (
        re.compile(r"answered (404|405|410)\b"),
        Cause(_BOTH, "it has no tokens at this URL: check url and method in `token`"),
    ),
    (
        re.compile(r"answered (400|415|422)\b"),
        Cause(_BOTH, "it does not accept the request: check url and body in `token`"),
    ),
    (
        re.compile(r"answered 429\b"),
        Cause("the token service", "it gets too many requests: raise the quota there"),
    ),
    (
        re.compile(r"answered 5\d\d\b"),
        Cause("the token service", "it has a fault: ask whoever runs it"),
    ),
    (
        re.compile(r"has (nothing|no string) at"),
        Cause(
            _SETTINGS, "check the pointers in `token`: fields, expires_in, expires_at"
        ),
    ),
    (
        re.compile(r"connection refused"),
        Cause(
            _BOTH, "nothing listens there: start it, or check host and port in `token`"
        ),
    ),
    (
        re.compile(r"no token within|nothing came within|not done within"),
        Cause(
            "the source of the token",
            "it takes too long: look there, or raise `timeout` of a command",
        ),
    ),
)


def cause_in(said: str) -> Cause | None:
    """Return the cause that a source's error text shows, or None."""
    return next((cause for words, cause in _SOURCES if words.search(said)), None)

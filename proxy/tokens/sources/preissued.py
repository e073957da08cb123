"""Tokens that others made: their expiry is read from the tokens themselves."""

from collections.abc import Mapping

from proxy.core.tokens.times.expiry import Told, end_of, end_there, start_of
from proxy.core.tokens.token import Token
from proxy.errors import ExpiryError, SourceError


def given_token(
    fields: Mapping[str, str],
    *,
    now: float,
    expires_at: float | None = None,
    leading: bool = False,
) -> Token:
    """Return the token; raise `SourceError` if it is empty or expired.

    It expires at `expires_at` or when one of its fields says, whichever is earlier.
    `leading` means that the fields begin with their expiry in epoch seconds.
    """
    if not fields or not all(fields.values()):
        raise SourceError("the token is empty", recoverable=False)
    told = Told(expires_at=expires_at, texts=tuple(fields.values()), leading=leading)
    try:
        end = end_of(told, now=now)
    except ExpiryError as exc:
        raise SourceError(str(exc), recoverable=False) from exc
    return Token(
        dict(fields),
        expires_at=end,
        not_before=start_of(fields.values()),
        ends_there=end_there(told, end, now=now),
    )

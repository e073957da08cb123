"""Tokens that somebody else made and gave to us: their end is read from themselves."""

from collections.abc import Mapping

from proxy.core.expiry import earliest_end
from proxy.core.token import Token
from proxy.errors import SourceError


def given_token(
    fields: Mapping[str, str], *, now: float, expires_at: float | None = None
) -> Token:
    """Return the token; raise `SourceError` if it is empty or has ended.

    It ends at `expires_at` or with the first JWT among its fields, whichever is
    earlier.
    """
    if not fields or not all(fields.values()):
        raise SourceError("the token is empty", recoverable=False)
    ends = (expires_at, earliest_end(fields.values(), now=now))
    end = min((each for each in ends if each is not None), default=None)
    if end is not None and end <= now:
        raise SourceError("the token has expired", recoverable=False)
    return Token(dict(fields), expires_at=end)

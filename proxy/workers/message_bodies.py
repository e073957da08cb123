"""The content of messages between the parent and a worker, as JSON."""

import base64
import pickle
from typing import Any, TypeAlias

from proxy.core.tokens.token import Token
from proxy.errors import ExpiryError, SourceError
from proxy.settings import Settings

MessageBody: TypeAlias = dict[str, Any]
"""The content of a message."""


def told(error: SourceError) -> MessageBody:
    """Return an error as a body."""
    return {
        "reason": str(error),
        "expiry": isinstance(error, ExpiryError),
        "recoverable": error.recoverable,
        "retry_after": error.retry_after,
        "for_all": error.for_all,
        "useless": error.useless,
    }


def error_of(body: MessageBody) -> SourceError:
    """Return the error that a body describes."""
    kind = ExpiryError if body["expiry"] else SourceError
    return kind(
        body["reason"],
        recoverable=body["recoverable"],
        retry_after=body["retry_after"],
        for_all=body["for_all"],
        useless=body["useless"],
    )


def shown(token: Token) -> MessageBody:
    """Return a token as a body."""
    return {
        "fields": dict(token.fields),
        "expires_at": token.expires_at,
        "not_before": token.not_before,
        "refresh_in": token.refresh_in,
        "ends_there": token.ends_there,
        "url": token.url,
        "until": token.until,
        "untold": token.untold,
    }


def token_of(body: MessageBody) -> Token:
    """Return the token that a body describes."""
    return Token(**body)


def packed(settings: Settings) -> str:
    """Return settings as text. The text contains their secrets."""
    return base64.b64encode(pickle.dumps(settings)).decode()


def settings_of(text: str) -> Settings:
    """Return the settings from a text that `packed` made.

    Use it only for text from the parent: unpickling can run any code in the text.
    """
    settings = pickle.loads(base64.b64decode(text))  # noqa: S301 - see above
    if not isinstance(settings, Settings):
        raise TypeError("no settings")
    return settings

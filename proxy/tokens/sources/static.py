"""The source `static`: the token is in the configuration."""

from collections.abc import Mapping

from proxy.clock import Clock
from proxy.core.tokens.token import Token
from proxy.tokens.sources.preissued import given_token


class StaticSource:
    """Returns the same token, of one or several fields, until it has expired."""

    def __init__(
        self,
        fields: Mapping[str, str],
        *,
        clock: Clock,
        expires_at: float | None = None,
        leading: bool = False,
    ) -> None:
        self._fields = dict(fields)
        self._expires_at = expires_at
        self._leading = leading
        self._clock = clock

    async def fetch(self) -> Token:
        """Return the token; raise `SourceError` once it has expired."""
        return given_token(
            self._fields,
            now=self._clock.wall(),
            expires_at=self._expires_at,
            leading=self._leading,
        )

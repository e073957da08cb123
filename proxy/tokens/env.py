"""The source `env`: the token stands in an environment variable."""

from collections.abc import Mapping

from proxy.clock import Clock
from proxy.core.token import Token
from proxy.errors import SourceError
from proxy.tokens.given import given_token


class EnvSource:
    """Reads the token from a variable."""

    def __init__(
        self, variable: str, *, environ: Mapping[str, str], clock: Clock
    ) -> None:
        self._variable = variable
        self._environ = environ
        self._clock = clock

    async def fetch(self) -> Token:
        """Return the token; raise `SourceError` if there is none or it has expired."""
        value = self._environ.get(self._variable, "").strip()
        if not value:
            raise SourceError(
                f"the variable {self._variable} is not set", recoverable=False
            )
        return given_token({"token": value}, now=self._clock.wall())

"""The source `env`: the token is in environment variables."""

from collections.abc import Mapping

from proxy.clock import Clock
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.sources.preissued import given_token


class EnvSource:
    """Reads the token from variables, one for each of its fields."""

    def __init__(
        self,
        variables: Mapping[str, str],
        *,
        environ: Mapping[str, str],
        clock: Clock,
        leading: bool = False,
    ) -> None:
        self._variables = dict(variables)
        self._environ = environ
        self._leading = leading
        self._clock = clock

    async def fetch(self) -> Token:
        """Return the token; raise `SourceError` if there is none or it has expired."""
        fields = {name: self._read(each) for name, each in self._variables.items()}
        return given_token(fields, now=self._clock.wall(), leading=self._leading)

    def _read(self, variable: str) -> str:
        value = self._environ.get(variable, "").removeprefix("\ufeff").strip()
        if not value:
            raise SourceError(f"the variable {variable} is not set", recoverable=False)
        return value

"""The source `command`: a program prints the token."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from proxy.clock import Clock
from proxy.core.tokens.secrets.masking import masked
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.sources.command_output import OutputFormat, printed_token
from proxy.tokens.sources.layout import Layout, TokenTimes
from proxy.tokens.sources.process import MOST_OUTPUT_BYTES, Finished, run

RUN_SECONDS = 10.0
"""The timeout of a program, unless configured."""

# What client-go passes to its plugins; many refuse to work without it.
_EXEC_INFO = json.dumps(
    {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": {"interactive": False},
    }
)


class CommandSource:
    """Runs a program for each token, without a shell.

    `environ` is its whole environment; `secrets` are the values that must not be
    logged.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        environ: Mapping[str, str],
        secrets: frozenset[str] = frozenset(),
        folder: Path,
        clock: Clock,
        form: OutputFormat = OutputFormat.AUTO,
        layout: Layout | None = None,
        seconds: float = RUN_SECONDS,
    ) -> None:
        self._argv = tuple(argv)
        self._name = Path(argv[0]).name
        self._environ = {"KUBERNETES_EXEC_INFO": _EXEC_INFO, **environ}
        self._secrets = secrets
        self._folder = folder
        self._clock = clock
        self._form = form
        self._layout = layout or Layout()
        self._seconds = seconds

    async def fetch(self) -> Token:
        """Return the token that the program prints; raise `SourceError` if it fails."""
        now = self._clock.wall()
        try:
            finished = await run(
                self._argv,
                environ=self._environ,
                folder=self._folder,
                seconds=self._seconds,
                clock=self._clock,
            )
            self._judge(finished)
            return self._printed(finished.stdout, TokenTimes(now))
        except SourceError as exc:
            raise SourceError(
                f"{self._name}: {exc}",
                recoverable=exc.recoverable,
                for_all=exc.for_all,
                useless=exc.useless,
            ) from exc

    def _printed(self, text: bytes, times: TokenTimes) -> Token:
        try:
            return printed_token(text, self._form, self._layout, times)
        except SourceError as exc:
            raise exc.answered() from exc

    def _judge(self, finished: Finished) -> None:
        if len(finished.stdout) > MOST_OUTPUT_BYTES:
            raise SourceError(f"printed more than {MOST_OUTPUT_BYTES} bytes")
        if finished.status == 0:
            return
        ended = f"ended with status {finished.status}"
        if finished.status < 0:
            ended = f"was ended by signal {-finished.status}"
        lines = finished.stderr.decode(errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        said = masked(last, self._secrets)
        raise SourceError(f"{ended}: {said}" if said else ended)

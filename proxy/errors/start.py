"""What the operator has to mend: the configuration, or this machine."""

from dataclasses import dataclass

from proxy.errors.root import HlsAuthProxyError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in the configuration, in the user's words."""

    key: str
    """The dotted key, as the user wrote it: `streams.lobby.token.key_file`."""
    found: str
    """What was found. Never a secret."""
    wanted: str
    """What is expected instead."""

    def __str__(self) -> str:
        return f"{self.key}: {self.found}; {self.wanted}"


class SettingsError(HlsAuthProxyError):
    """The configuration cannot be used. Holds all problems, not just the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class StartError(HlsAuthProxyError):
    """The program cannot start in this environment.

    The message is one line for the user.
    """


class BuildError(StartError):
    """Streams that cannot be built. Holds all problems, not just the first."""

    def __init__(self, problems: tuple[StartError, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class SecretError(StartError):
    """A secret that cannot be used. Holds nothing of its content."""

    def __init__(self, name: str, found: str, wanted: str) -> None:
        super().__init__(f"{name} {found}; {wanted}")
        self.found = found
        self.wanted = wanted


class SecretFileError(SecretError):
    """A secret file that cannot be used."""


class KeyUnusableError(SecretError):
    """A key that does not fit its algorithm, or cannot be read."""

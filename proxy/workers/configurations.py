"""The configurations that workers may build their streams from, and their logins.

A configuration has a number, its epoch. Workers build their streams from the newest
one. The previous one stays available while workers change over.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field

from proxy.app.lifetime import Lifetime
from proxy.app.plan import StreamPlan
from proxy.app.registry import Changes, diff
from proxy.app.services import hold_login
from proxy.app.surroundings import Surroundings
from proxy.errors import BuildError, StartError
from proxy.settings import Settings, StreamSettings
from proxy.tokens.turns.allowance import Allowance


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What all sources of a configured stream or family share."""

    plan: StreamPlan
    settings: StreamSettings
    _: KW_ONLY
    around: Surroundings
    allowance: Allowance
    since: int
    """The epoch of the first configuration that has it like this."""
    lifetime: Lifetime = field(default_factory=Lifetime)
    """Keeps the login while the stream is configured."""


class Configurations:
    """The streams of the newest configurations, by name.

    When a stream is no longer configured, `later` is called with the function that
    closes it.
    """

    def __init__(
        self,
        around: Surroundings,
        later: Callable[[Callable[[], Awaitable[None]]], None],
    ) -> None:
        self._around = around
        self._later = later
        self._epochs: dict[int, dict[str, Held]] = {0: {}}

    def find(self, epoch: int, name: str) -> Held | None:
        """Return a stream or family; None if it is not in that configuration."""
        return self._epochs.get(epoch, {}).get(name)

    def since(self, epoch: int) -> dict[str, int]:
        """Return for each stream in which epoch it was configured like this."""
        return {name: held.since for name, held in self._epochs[epoch].items()}

    async def prepare(self, settings: Settings) -> tuple[int, Changes]:
        """Add a configuration; return its epoch and what it changes.

        Raises BuildError if a login cannot be kept. Then nothing is changed.
        """
        around = self._around.changed(settings)
        epoch = max(self._epochs)
        old, new = self._epochs[epoch], dict[str, Held]()
        plans = {name: StreamPlan.of(name, settings) for name in settings.streams}
        changes = diff({name: one.plan for name, one in old.items()}, plans)
        problems: list[StartError] = []
        for name, plan in plans.items():
            if name in changes.keep:
                new[name] = old[name]
                continue
            stream = settings.streams[name]
            held = Held(
                plan,
                stream,
                around=around,
                allowance=Allowance(clock=around.clock),
                since=epoch + 1,
            )
            new[name] = held
            try:
                hold_login(stream.token, around.services, held.lifetime)
            except StartError as error:
                problems.append(error)
        if problems:
            self._end(set(new.values()) - set(old.values()))
            raise BuildError(tuple(problems))
        for name in changes.add + changes.replace:
            await new[name].lifetime.begin()
        self._epochs[epoch + 1] = new
        return epoch + 1, changes

    def revert(self, epoch: int) -> None:
        """Remove a prepared configuration that did not take effect."""
        self._drop(epoch)

    def commit(self, epoch: int) -> None:
        """Remove old configurations; keep this epoch and the one before it."""
        for each in [each for each in self._epochs if each < epoch - 1]:
            self._drop(each)

    def close(self) -> None:
        """Remove all configurations."""
        self._end({one for held in self._epochs.values() for one in held.values()})
        self._epochs = {0: {}}

    def _drop(self, epoch: int) -> None:
        gone = set(self._epochs.pop(epoch, {}).values())
        kept = {one for held in self._epochs.values() for one in held.values()}
        self._end(gone - kept)

    def _end(self, held: Iterable[Held]) -> None:
        for one in held:
            self._later(one.lifetime.end)

"""The rounds of a case: every proxy gets the same load in each."""

import asyncio
import statistics
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from benchmarks.media.cases import Case, Kind
from benchmarks.media.contenders import Contender, Field
from benchmarks.media.origin import body
from benchmarks.rig.load import Load, each_once


@dataclass(slots=True)
class Costs:
    """What one proxy's rounds cost."""

    contender: Contender
    seconds: list[float] = field(default_factory=list)
    """Of CPU per request, by round."""
    upstream: list[float] = field(default_factory=list)
    """Requests to the origin per request, by round."""

    @property
    def each(self) -> float:
        """Return the median of the seconds."""
        return statistics.median(self.seconds)

    def over(self, other: "Costs") -> float:
        """Return the median over the rounds of its cost divided by the other's."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return statistics.median(its / others for its, others in pairs)


def measured(
    field: Field, case: Case, load: Load, *, rounds: int, seconds: float
) -> Sequence[Costs]:
    """Measure a case; a peer that does not answer it right is left out, and printed."""
    able = [each for each in field.contenders if each.can(case.kind)]
    costs = [Costs(each) for each in able if _answers(each, case)]
    origin = field.origins[case.origin]
    for number in range(rounds):
        for each in costs:
            _measure(each, case, number, load, seconds, origin)
    return costs


def _measure(
    costs: Costs, case: Case, number: int, load: Load, seconds: float, origin: str
) -> None:
    side, paths = costs.contender.side, costs.contender.paths(case, number)
    if case.kind is Kind.KEPT and number == 0:
        asyncio.run(each_once(side.port, paths))
    asked, used = _asked(origin), side.used()
    if case.once:
        count = asyncio.run(each_once(side.port, paths))
    else:
        count = asyncio.run(load(side.port, paths, seconds))
    assert count, f"{costs.contender.name} answered nothing"
    costs.seconds.append((side.used() - used) / count)
    costs.upstream.append((_asked(origin) - asked) / count)


def _answers(contender: Contender, case: Case) -> bool:
    """Return whether it answers the first request of a case right.

    Where each path is asked for once, another kind of case has asked already.
    """
    if case.once:
        return True
    url = f"http://127.0.0.1:{contender.side.port}{contender.paths(case, 0)[0]}"
    try:
        got = _got(url)
    except urllib.error.HTTPError as error:
        got, problem = b"", f"it answers {error.code} {HTTPStatus(error.code).phrase}"
    else:
        problem = "it answers something else"
    right = got == body(case.stem) if case.stem else got.startswith(b"#EXTM3U")
    if not right:
        print(f"{contender.name} is left out of `{case.name}`: {problem}")
    return right


def _asked(origin: str) -> int:
    return int(_got(f"{origin}/asked"))


def _got(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - a server of our own
        return bytes(answer.read())

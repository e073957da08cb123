"""The figures of a case, beside the wanted ones."""

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.media.cases import NGINX, NGINX_CACHE, PROGRAM, Case
from benchmarks.media.measuring import Costs
from benchmarks.media.origin import SIZES

_TITLES = ("us/request", "s/GB", "upstream", "/ nginx", "program /", "wanted")
_WIDTHS = (12, 8, 10, 9, 11, 9)
_FIRST = 24


def head() -> str:
    """Return the first line."""
    return _line("", _TITLES)


def rows(case: Case, costs: Sequence[Costs]) -> Iterator[str]:
    """Yield a line with the name of the case, and one for each proxy."""
    by_name = {each.contender.name: each for each in costs}
    program = by_name.get(PROGRAM)
    nginx = by_name.get(NGINX) or by_name.get(NGINX_CACHE)
    wanted = {each.of: each.most for each in case.wanted}
    yield case.name
    for name, its in by_name.items():
        each, most = its.each, wanted.get(name)
        ratio = program.over(its) if program and its is not program else None
        figures = (
            f"{each * 1e6:.0f}",
            f"{each / SIZES[case.stem] * 1e9:.2f}" if case.stem else "",
            f"{statistics.median(its.upstream):.2f}",
            f"{its.over(nginx):.2f}" if nginx else "",
            f"{ratio:.2f}" if ratio is not None else "",
            f"<= {most:g}" if most is not None else "",
        )
        missed = most is not None and ratio is not None and ratio > most
        yield _line(f"  {name}", figures) + ("  MISSED" if missed else "")


def _line(name: str, figures: Sequence[str]) -> str:
    columns = zip(figures, _WIDTHS, strict=True)
    texts = (f"{figure:>{width}}" for figure, width in columns)
    return f"{name:<{_FIRST}}{''.join(texts)}".rstrip()

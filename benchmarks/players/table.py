"""The figures of crowds, beside the wanted ones."""

from collections.abc import Iterator, Sequence

from benchmarks.players.figures import Figures, percentile

_MOST_ASKED = 1.05
"""Upstream requests per segment: 1.0, and a little for players that skip ahead."""
_MOST_FIRST_SECONDS = 0.05
_MOST_MEMORY = 120_000_000
"""Bytes, without the store's."""

_MS = 1e3
_MB = 1e6


def rows(figures: Figures) -> Iterator[str]:
    """Yield the lines about one crowd."""
    noticed = figures.noticed
    stored = percentile(noticed.stored, 0.99)
    yield f"{figures.players} players"
    yield _row("CPU of the program, of one core", f"{figures.cpu.program * 100:.0f} %")
    others = f"{figures.cpu.origin * 100:.0f} % and {figures.cpu.players * 100:.0f} %"
    yield _row("of the origin, and of the players", others)
    yield _row(
        "upstream requests per segment",
        f"{figures.asked:.2f}",
        "1.0",
        missed=not figures.asked <= _MOST_ASKED,
    )
    yield _row(
        f"first byte, {len(noticed.stored)} stored segments, p99",
        f"{stored * _MS:.0f} ms" if noticed.stored else "none was stored",
        "< 50 ms",
        missed=not stored < _MOST_FIRST_SECONDS,
    )
    yield _row(f"first byte, {len(noticed.others)} others", _times(noticed.others))
    yield _row(
        f"first byte, {len(noticed.playlists)} playlists", _times(noticed.playlists)
    )
    yield _row(
        "memory, the most",
        f"{figures.memory / _MB:.0f} MB",
        "< 120 MB",
        missed=figures.memory >= _MOST_MEMORY,
    )
    yield _row(
        "memory of the store's files",
        f"{figures.files / _MB:.0f} MB",
        "at most the budget",
    )
    yield _row("segments that came late", str(noticed.late))
    yield _row("segments skipped", str(noticed.skipped))
    failures = ", ".join(f"{n} x {kind}" for kind, n in noticed.failures.items())
    yield _row("failures", failures or "none")
    yield _row("the players' own delay, p99", f"{figures.lag * _MS:.0f} ms")


def _times(seconds: Sequence[float]) -> str:
    shares = (("median", 0.5), ("p99", 0.99), ("most", 1.0))
    return ", ".join(
        f"{name} {percentile(seconds, share) * _MS:.0f} ms" for name, share in shares
    )


def _row(name: str, figure: str, wanted: str = "", *, missed: bool = False) -> str:
    bound = f"  (wanted {wanted})" if wanted else ""
    return f"  {name:<42}{figure}{bound}{'  MISSED' if missed else ''}"

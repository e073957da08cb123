"""A simulated encoder: its playlists, and the contents of its files."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import count


@dataclass(frozen=True, kw_only=True)
class Style:
    """How an encoder writes its playlist."""

    durations: Sequence[float] = (6.0,)
    """The durations of its segments, in turn."""
    window: int = 5
    """How many segments it lists; 0 for all."""
    cycle: int = 0
    """After how many segments file names are reused; 0 for never."""
    numbered: bool = True
    """Whether there is an EXT-X-MEDIA-SEQUENCE."""
    counted: bool = True
    """Whether there is an EXT-X-DISCONTINUITY-SEQUENCE."""
    parts: int = 0
    """How many parts a segment has; 0 for none."""
    skips: int = 0
    """How many of the last segments a delta lists; 0 if there are no deltas."""

    @property
    def target(self) -> int:
        """The target duration in seconds."""
        return round(max(self.durations) + 0.49)

    def seconds(self, number: int) -> float:
        """Return the duration of a segment."""
        return self.durations[number % len(self.durations)]

    def name(self, number: int, part: int | None = None) -> str:
        """Return the file name of a segment, or of one of its parts."""
        file = f"seg{number % self.cycle if self.cycle else number}"
        return f"{file}.m4s" if part is None else f"{file}.{part}.m4s"


@dataclass
class Encoder:
    """An encoder in real time, which may be restarted. It starts at once."""

    style: Style
    _: KW_ONLY
    now: float = 0.0
    files: dict[str, int] = field(default_factory=dict)
    """The content of each file; each write makes another content."""
    first: int = 0
    """The number of the first segment that the playlist may list."""
    end: int = 0
    parted: list[int] = field(default_factory=list)
    """The numbers of the segments that follow a discontinuity."""
    ended: bool = False
    written: int = 0
    """How often the playlist was begun."""
    _next_at: float = 0.0
    _made: int = 0
    """How many parts of the next segment exist."""
    _contents: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        """Begin the first run."""
        self.restart()

    def restart(self, number: int = 0) -> None:
        """Begin a new playlist with a segment of this number."""
        self.first = self.end = number
        self.parted, self.ended = [], False
        self._begin()

    def go_on(self) -> None:
        """Restart with the next number, after a discontinuity.

        The init section is written with the first segment, or its first part. Once that
        exists, there is no further restart in this segment: it would list the same
        parts again, with other contents and no further discontinuity.
        """
        if self._made and self.end in self.parted:
            return
        self.parted.append(self.end)
        self._next_at = self.now + self._step
        self._made = 0

    def _begin(self) -> None:
        self.written += 1
        self._write("init.mp4")
        self._next_at = self.now + self._step
        self._made = 0

    def stall(self, seconds: float) -> None:
        """Encode nothing for a while, then continue."""
        self.now += seconds
        self._next_at += seconds

    def run(self, seconds: float) -> None:
        """Encode for a while."""
        self.now += seconds
        while not self.ended and self._next_at <= self.now:
            if not self._made and self.end in self.parted:
                self._write("init.mp4")
            if self._made < self.style.parts - 1:
                self._write(self.style.name(self.end, self._made))
                self._made += 1
            else:
                if self.style.parts:
                    self._write(self.style.name(self.end, self._made))
                self._write(self.style.name(self.end))
                self.end += 1
                self._made = 0
            self._next_at += self._step

    def _write(self, file: str) -> None:
        self.files[file] = next(self._contents)

    @property
    def _step(self) -> float:
        return self.style.seconds(self.end) / max(self.style.parts, 1)

    @property
    def sequence(self) -> int:
        """The number of the first segment in the window."""
        window = self.style.window
        return max(self.first, self.end - window) if window else self.first

    @property
    def names(self) -> list[str]:
        """The names that the playlist lists."""
        names = [self.style.name(number) for number in range(self.sequence, self.end)]
        for number in range(max(self.sequence, self.end - 1), self.end + 1):
            parts = self._made if number == self.end else self.style.parts
            names += [self.style.name(number, part) for part in range(parts)]
        return [*names, "init.mp4"] if names else names

    def playlist(self, *, delta: bool = False) -> str:
        """Return the current playlist."""
        style, start = self.style, self.sequence
        lines = ["#EXTM3U", f"#EXT-X-TARGETDURATION:{style.target}"]
        if style.numbered:
            lines.append(f"#EXT-X-MEDIA-SEQUENCE:{start}")
        gone = sum(number < start for number in self.parted)
        if style.counted and gone:
            lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{gone}")
        if delta and style.skips and self.end - start > style.skips:
            lines.append(
                f"#EXT-X-SKIP:SKIPPED-SEGMENTS={self.end - start - style.skips}"
            )
            start = self.end - style.skips
        else:
            lines.append('#EXT-X-MAP:URI="init.mp4"')
        for number in range(start, self.end):
            if number in self.parted:
                lines += ["#EXT-X-DISCONTINUITY", '#EXT-X-MAP:URI="init.mp4"']
            if number == self.end - 1:
                lines += self._parts(number, style.parts)
            lines += [f"#EXTINF:{style.seconds(number):.3f},", style.name(number)]
        if self._made and self.end in self.parted:
            lines += ["#EXT-X-DISCONTINUITY", '#EXT-X-MAP:URI="init.mp4"']
        lines += self._parts(self.end, self._made)
        if self.ended:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join([*lines, ""])

    def _parts(self, number: int, parts: int) -> list[str]:
        names = [self.style.name(number, part) for part in range(parts)]
        return [f'#EXT-X-PART:DURATION=1,URI="{name}"' for name in names]

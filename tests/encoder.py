"""A simulated encoder: playlists as it writes them, and what its files hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True)
class Style:
    """How an encoder writes its playlist."""

    durations: Sequence[float] = (6.0,)
    """Of its segments, in turn."""
    window: int = 5
    """How many segments it lists; 0 for all."""
    cycle: int = 0
    """After how many segments it uses file names again; 0 for never."""
    numbered: bool = True
    """Whether there is an EXT-X-MEDIA-SEQUENCE."""
    counted: bool = True
    """Whether there is an EXT-X-DISCONTINUITY-SEQUENCE."""
    dated: bool = False
    """Whether segments have an EXT-X-PROGRAM-DATE-TIME."""
    skips: int = 0
    """How many of the last segments a delta lists; 0 if there are no deltas."""

    @property
    def target(self) -> int:
        """The target duration in seconds."""
        return round(max(self.durations) + 0.49)

    def seconds(self, number: int) -> float:
        """Return the duration of a segment."""
        return self.durations[number % len(self.durations)]

    def name(self, number: int) -> str:
        """Return the file name of a segment."""
        return f"seg{number % self.cycle if self.cycle else number}.m4s"


@dataclass
class Encoder:
    """An encoder in real time, which may be restarted. It starts at once."""

    style: Style
    now: float = 0.0
    files: dict[str, int] = field(default_factory=dict)
    """What each file holds; each writing makes another content."""
    first: int = 0
    """The number of the first segment that the playlist may list."""
    end: int = 0
    parted: list[int] = field(default_factory=list)
    """The numbers of segments that a discontinuity is before."""
    ended: bool = False
    written: int = 0
    """How often the playlist was begun."""
    _next_at: float = 0.0
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

        The init section is written with the first segment.
        """
        self.parted.append(self.end)
        self._next_at = self.now + self.style.seconds(self.end)

    def _begin(self) -> None:
        self.written += 1
        self.files["init.mp4"] = next(self._contents)
        self._next_at = self.now + self.style.seconds(self.end)

    def stall(self, seconds: float) -> None:
        """Encode nothing for a while, and go on."""
        self.now += seconds
        self._next_at += seconds

    def run(self, seconds: float) -> None:
        """Encode for a while."""
        self.now += seconds
        while not self.ended and self._next_at <= self.now:
            self.files[self.style.name(self.end)] = next(self._contents)
            if self.end in self.parted:
                self.files["init.mp4"] = next(self._contents)
            self.end += 1
            self._next_at += self.style.seconds(self.end)

    @property
    def sequence(self) -> int:
        """The number of the first segment in the window."""
        window = self.style.window
        return max(self.first, self.end - window) if window else self.first

    @property
    def names(self) -> list[str]:
        """What the playlist lists, init section included."""
        numbers = range(self.sequence, self.end)
        return [*map(self.style.name, numbers), "init.mp4"][-len(numbers) - 1 :]

    def playlist(self, *, delta: bool = False) -> str:
        """Return the playlist as it is now."""
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
            lines += [f"#EXTINF:{style.seconds(number):.3f},", style.name(number)]
        if self.ended:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join([*lines, ""])

"""The cost of long playlists that contain more than plain segments.

    MB, ms     the size of the body, and the CPU time of a first load (best of the runs)
    MB/s       the speed of the first load
    reload     ms of the next load, of the same bytes plus one line

Some of them exist in practice (a recording with a key for each segment); others only an
attacker would send. All are within the limits on bytes and lines. The last line shows
how much memory a process uses that loads all of them and keeps them.
"""

import argparse
import asyncio
import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.playlists.proxied import Proxied
from proxy.app.interpreter import set_up_interpreter
from proxy.errors import BadAnswerError

_HEAD = "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:6\n"
_LISTED = "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n"
_SEGMENT = "#EXTINF:6.0,\nseg_{}.ts\n"
_TAGS = {
    "variants": (
        60_000,
        "",
        '#EXT-X-STREAM-INF:BANDWIDTH={}000,CODECS="avc1"\nv{}.m3u8\n',
    ),
    "variants of equal attributes": (
        90_000,
        "",
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nv{}.m3u8\n",
    ),
    "media": (
        60_000,
        _LISTED,
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="{}",LANGUAGE="en",URI="a{}.m3u8"\n',
    ),
    "keys": (
        70_000,
        "",
        '#EXT-X-KEY:METHOD=AES-128,URI="k{}.key"\n#EXTINF:6,\ns{}.ts\n',
    ),
    "maps": (60_000, "", '#EXT-X-MAP:URI="init_{}.mp4"\n#EXTINF:6.0,\nseg_{}.m4s\n'),
    "variables": (
        90_000,
        '#EXT-X-DEFINE:NAME="a",VALUE="b"\n',
        "#EXTINF:6.0,\n{{$a}}_{}.ts\n",
    ),
    "hosts": (80_000, "", "#EXTINF:6.0,\nhttps://h{}.example.com/s{}.ts\n"),
    "parts": (80_000, "", '#EXT-X-PART:DURATION=0.33,URI="part_{}.m4s"\n'),
    "date ranges": (
        35_000,
        "",
        (
            '#EXT-X-DATERANGE:ID="{}",CLASS="com.apple.hls.interstitial",START-DATE='
            '"2026-01-01T00:00:00Z",X-ASSET-LIST="https://a.example/l{}.json"\n'
        ),
    ),
}
_MEGABYTE = 1e6
_PAGE_BYTES = 4096


def bodies(scale: float = 1.0) -> Iterator[tuple[str, bytes]]:
    """Yield names and bodies; `scale` below 1 makes them smaller."""
    for name, (count, head, line) in _TAGS.items():
        lines = [line.format(n, n) for n in range(int(count * scale))]
        yield f"{int(count * scale):,} {name}", "".join([_HEAD, head, *lines]).encode()


async def _loaded(one: Proxied, body: bytes) -> tuple[float, str]:
    begin, said = time.process_time(), ""
    try:
        await one.load(body)
    except BadAnswerError as error:
        said = str(error)
    return time.process_time() - begin, said


def measure(body: bytes, runs: int) -> tuple[float, float, str]:
    """Return the best times of a first load and of a reload, and the error text."""
    first, second, said = [], [], ""
    for _ in range(runs):
        one = Proxied()
        gc.collect()
        took, said = asyncio.run(_loaded(one, body))
        first.append(took)
        second.append(asyncio.run(_loaded(one, body + b"#EXT-X-ENDLIST\n"))[0])
    return min(first), min(second), said


def resident() -> int:
    """Return the resident memory in bytes; 0 if the system does not report it."""
    try:
        told = Path("/proc/self/statm").read_text("ascii")
        return int(told.split()[1]) * _PAGE_BYTES
    except OSError:
        return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="of the playlists")
    parser.add_argument("--runs", type=int, default=3, help="of which the best counts")
    given = parser.parse_args(arguments)
    write: Callable[[str], object] = sys.stdout.write
    kept, before = list[Proxied](), resident()
    for _, body in bodies(given.scale):
        kept.append(Proxied())
        asyncio.run(_loaded(kept[-1], body))
    gc.collect()
    memory = resident() - before
    kept.clear()
    write(f"{'':<36}{'MB':>8}{'ms':>8}{'MB/s':>8}{'reload':>8}\n")
    for name, body in bodies(given.scale):
        took, again, said = measure(body, given.runs)
        size = len(body) / _MEGABYTE
        figures = (
            f"{size:>8.2f}{took * 1e3:>8.0f}{size / took:>8.1f}{again * 1e3:>8.0f}"
        )
        write(f"{name:<36}{figures}  {said}".rstrip() + "\n")
        sys.stdout.flush()
    write(f"{'all of them at once':<36}{memory / _MEGABYTE:>8.0f} MB of memory\n")


if __name__ == "__main__":
    set_up_interpreter()
    main()

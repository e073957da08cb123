"""Searches for the playlists and manifests that cost most CPU time for their size.

`python -m tests.fuzz.expensive [inputs for each size]` prints the most expensive input
found for each size, and fails if one takes longer than `MOST_SECONDS`. Hypothesis does
the search: it gets the cost of each input, and looks for more expensive ones.
"""

import contextlib
import itertools
import json
import sys
import time
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st

from proxy.core.hls import asset_list
from proxy.core.hls.names import Base, Marks, Volatile
from proxy.core.hls.playlist import Document
from proxy.core.tokens.placing.placement import Query
from proxy.core.tokens.placing.rule import Reach, Rule
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.errors import BadAnswerError
from proxy.localise.catalog import Catalog
from proxy.localise.document_place import DocumentPlace
from proxy.localise.draft import Draft
from proxy.localise.folders import COMMON, Folder
from proxy.localise.ladder import MOST_RENDITIONS, Ladder
from proxy.localise.localiser import Localiser
from proxy.localise.naming import Namer
from proxy.localise.steering import steer

SIZES = (4_000, 64_000)
MOST_SECONDS = 1.0
"""The limit in CPU seconds for any input within the size limits, on a machine of
2020."""

_URL = "https://m.example/v/i.m3u8"
_RULE = Rule(
    (Query("token"),), Reach(everything=True, origins=frozenset({"https://m.example"}))
)
_MARKS = Marks(_RULE, Volatile(frozenset({"expires"})))
_NAMES = Catalog(_URL, limit=200_000)
_SIBLINGS = Ladder(
    {f"https://m.example/v/{n}.m3u8?a={n}": f"{n}k" for n in range(MOST_RENDITIONS)}
)
_LADDER = "#EXTM3U\n" + "".join(
    f'#EXT-X-STREAM-INF:BANDWIDTH={n}000,STABLE-VARIANT-ID="{n}"\nv{n}.m3u8\n'
    for n in range(MOST_RENDITIONS)
)

_URIS = [
    *(
        "s#.ts",
        "../x/#.ts",
        "https://h#.example/s.ts",
        "s.ts?expires=#",
        "s.ts?token=#",
    ),
    *(
        "{$a}#.ts",
        "{$b}",
        "{$a}{$b}{$a}",
        "#",
        "é#.ts",
        "./#/../#.ts",
        "#.m3u8",
        "data:#",
    ),
    *(
        "https://m.example/v/#.m3u8",
        "?a=#&b=#&c=#",
        "%25%32%35#",
        "//h/#",
        "a/a/a/a/a/#",
    ),
]
_TAGS = [
    *('KEY:METHOD=AES-128,URI="%"', 'MAP:URI="%"', 'PART:URI="%"', 'FOO:URI="%"'),
    *('RENDITION-REPORT:URI="%"', 'SESSION-DATA:URI="%"', 'PRELOAD-HINT:URI="%"'),
    *('DATERANGE:X-ASSET-LIST="%"', "DATERANGE:X-ASSET-URI='%'", 'SESSION-KEY:URI="%"'),
    *("STREAM-INF:BANDWIDTH=#\n%", 'MEDIA:TYPE=AUDIO,NAME="#",URI="%"', "PREFETCH:%"),
    *('DEFINE:NAME="a",VALUE="#"', 'DEFINE:NAME="b#",VALUE="{$a}"', "FOO:A=B,C=D,E='#"),
]
_LINES = st.sampled_from(_URIS) | st.builds(
    lambda tag, uri: "#EXT-X-" + tag.replace("%", uri),
    st.sampled_from(_TAGS),
    st.sampled_from(_URIS),
)
_VALUES = st.sampled_from([1, 20, 2_000, 7_000, 60_000])


@st.composite
def playlists(draw: st.DrawFn, size: int) -> bytes:
    """Return some lines, repeated up to a size."""
    lines = draw(st.lists(_LINES, min_size=1, max_size=4))
    length = min(draw(_VALUES), size // 2)
    entry = "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n" if draw(st.booleans()) else ""
    head = f'#EXTM3U\n{entry}#EXT-X-DEFINE:NAME="a",VALUE="{"x" * length}"\n'
    head += '#EXT-X-DEFINE:NAME="b",VALUE="https://b.example/"\n'
    return _repeated(head, "\n".join(lines) + "\n", size).encode()


@st.composite
def manifests(draw: st.DrawFn, size: int) -> bytes:
    """Return steering manifests: clones and parameters in any proportion."""
    count = draw(st.sampled_from([1, 10, 100, 1000, 10_000]))
    base = draw(st.sampled_from([".", "c1", "none"]))
    host = draw(st.sampled_from(["", "h.example", "h:1"]))
    clones = []
    parameters = {f"p{n}": "x" for n in range(size // 12 // count)}
    for n in range(count):
        given = {"HOST": host, "PARAMS": parameters}
        clones.append({"BASE-ID": base if n else ".", "ID": f"c{n}"})
        clones[-1]["URI-REPLACEMENT"] = given  # type: ignore[assignment]
        if n * 40 > size:
            break
    return json.dumps({"PATHWAY-CLONES": clones}).encode()


@st.composite
def assets(draw: st.DrawFn, size: int) -> bytes:
    """Return asset lists, and JSON that is not an asset list."""
    item = draw(st.sampled_from(['{"URI":"#"}', "[]", '""', '{"a":{"b":[#]}}']))
    more = _repeated("", item + ",", size)
    return f'{{"ASSETS":[{more}1]}}'.encode()


def localised(body: bytes) -> None:
    """Rewrite a playlist, with the largest allowed number of sibling playlists."""
    draft = Draft(
        path="1k/index.m3u8",
        depth=1,
        body=body,
        document=Document(_URL, "token=T"),
        base=Base(_URL, _URL),
        root="http://l/s",
        secrets=Recogniser(),
        token=Recogniser(),
        folder=None,
        listed=Ladder(),
        siblings=_SIBLINGS,
    )
    _localiser().localise(draft)


def steered(body: bytes) -> None:
    """Rewrite a steering manifest, with the longest allowed list of variants."""
    steer(body.decode(), _URL, _ladder(), _namer())


def listed(body: bytes) -> None:
    """Rewrite an asset list."""
    asset_list.localised(body.decode(), _URL, lambda url: f"P{len(url)}")


Search = tuple[Callable[[int], st.SearchStrategy[bytes]], Callable[[bytes], None]]
SEARCHES: tuple[Search, ...] = (
    (playlists, localised),
    (manifests, steered),
    (assets, listed),
)


def cost(work: Callable[[bytes], None], body: bytes) -> float:
    """Return the CPU seconds that an input takes, even if it is refused."""
    begin = time.process_time()
    with contextlib.suppress(BadAnswerError):
        work(body)
    return time.process_time() - begin


def most_expensive(search: Search, size: int, *, examples: int) -> tuple[float, bytes]:
    """Return the CPU seconds of the most expensive input, and the input itself."""
    inputs, work = search
    worst = (0.0, b"")

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(size))
    def look(body: bytes) -> None:
        nonlocal worst
        took = cost(work, body)
        worst = max(worst, (took, body))
        target(took)

    look()
    return worst


def _repeated(head: str, lines: str, size: int) -> str:
    pieces, length = [head], len(head)
    for number in itertools.count():
        if length >= size:
            break
        pieces.append(lines.replace("#E", "\0").replace("#", str(number)))
        pieces[-1] = pieces[-1].replace("\0", "#E")
        length += len(pieces[-1])
    return "".join(pieces)


def _localiser() -> Localiser:
    return Localiser(_MARKS, lambda _: True, _NAMES.get)


def _namer() -> Namer:
    place = DocumentPlace(
        path=f"{COMMON}/s.json",
        depth=1,
        folder=Folder(COMMON, ""),
        url=_URL,
        base=Base(_URL, _URL),
        marks=_MARKS,
        allowed=lambda _: True,
    )
    return Namer(place, renditions={}, known=lambda _: None, root="http://l/s")


def _ladder() -> Ladder:
    if not _MADE:
        draft = Draft(
            path="index.m3u8",
            depth=0,
            body=_LADDER.encode(),
            document=Document(_URL),
            base=Base(_URL, _URL),
            root="http://l/s",
            secrets=Recogniser(),
            token=Recogniser(),
            folder=None,
            listed=Ladder(),
            siblings=Ladder(),
        )
        ladder = _localiser().localise(draft).ladder
        assert ladder is not None
        _MADE.append(ladder)
    return _MADE[0]


_MADE: list[Ladder] = []


def main(arguments: list[str]) -> int:
    """Print the most expensive input of each size; return 1 if one is too expensive."""
    examples, failed = int(arguments[0]) if arguments else 100, False
    for size, search in itertools.product(SIZES, SEARCHES):
        took, body = most_expensive(search, size, examples=examples)
        failed |= took > MOST_SECONDS
        name = search[0].__name__
        said = f"{name:<10}{size:>10,}{took * 1e3:>8.0f} ms  {body[-200:]!r}"
        sys.stdout.write(f"{said}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

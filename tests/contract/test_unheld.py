"""No request blocks the event loop: hostile names, and small but expensive answers.

The program runs under a watchdog, see `whole`.
"""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from yarl import URL

from proxy.localise.catalog import ENTRY as INDEX
from tests.contract.whole import ENTRY, Whole, whole
from tests.streams.origin import Origin
from tests.watchdog import MOST_SECONDS, held_by, noting, unheld, watched

MOST = 7000
"""Letters of a hostile name: a request line has 8 KB."""
DOTS = ".".join("a" * (MOST // 2))
SLUGS = ".".join(["1080p-5000k"] * (MOST // 12))
NAMED = ".".join([f"ad-{'a' * 12}", *["x.ts"] * 500])
FOLDERS = (
    *("lobby", "common", "main", "360p-800k", "variant-aaaaaaaaaaaa"),
    *(".", "..", "%2e%2e", "a" * MOST, "-" * MOST, "%00", "%ff%fe", "a%2fb"),
    *(DOTS, SLUGS, NAMED, quote("\u202e\u0130" * 500), "." * MOST, "a-" * (MOST // 2)),
)
EXTENSIONS = (
    *("ts", "m4s", "mp4", "aac", "vtt", "key", "bin", "m3u8", "m3u", "json", "jpg"),
    *("", "php", "." * 200, "ts" * 1000),
)
QUERIES = (
    *("a=" + "b" * MOST, "&" * MOST, "&".join(f"a{n}={n}" for n in range(700))),
    *("%" * MOST, "_HLS_msn=" + "9" * MOST, "CMCD=" + "%2C" * (MOST // 3)),
    *("_HLS_msn=1&_HLS_part=" * 300, "a=%" + "F0" * 3000, "=" * MOST),
)
PAGES = (
    "/",
    "/livez",
    "/readyz",
    "/status.json",
    "/metrics",
    "/healthz",
    "/crossdomain.xml",
)
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n"
SEGMENT = "#EXTINF:6,\n1.ts\n"


def names() -> Iterator[str]:
    """Yield all kinds of paths: below the stream, beside it, and elsewhere."""
    yield from PAGES
    for folder in FOLDERS:
        yield f"/{folder}"
        yield f"/lobby/{folder}"
        yield f"/{folder}/{INDEX}"
        yield from (f"/lobby/{folder}/z.{extension}" for extension in EXTENSIONS)
    yield "/lobby" + "/a" * (MOST // 2)
    yield "/lobby/" + "%2f" * (MOST // 3)
    yield from (f"/lobby/common/{kind}-{'a' * 12}.{kind}" for kind in EXTENSIONS)
    for path in (*PAGES, ENTRY, "/lobby/main/1.ts", "/lobby/common/k.bin"):
        yield from (f"{path}?{query}" for query in QUERIES)


def variants(count: int, *, stable: bool = False, pathways: int = 1) -> str:
    """Return a ladder."""
    return "".join(
        f"#EXT-X-STREAM-INF:BANDWIDTH={1000 * number}"
        + (f',STABLE-VARIANT-ID="v{number}"' if stable else "")
        + (f',PATHWAY-ID="p{number % pathways}"' if pathways > 1 else "")
        + f"\nv{number}.m3u8\n"
        for number in range(1, count + 1)
    )


def steered(count: int, manifest: object) -> dict[str, str]:
    """Return a ladder and the manifest that steers it."""
    tag = '#EXT-X-CONTENT-STEERING:SERVER-URI="s.json"\n'
    ladder = f"#EXTM3U\n{tag}{variants(count, stable=True)}"
    return {"/v.m3u8": ladder, "/s.json": json.dumps(manifest)}


def clone(number: int, parameters: int = 0, length: int = 1) -> dict[str, object]:
    """Return a clone of a manifest."""
    new = {f"p{each}": "x" * length for each in range(parameters)}
    return {
        "BASE-ID": ".",
        "ID": f"c{number}",
        "URI-REPLACEMENT": {"HOST": "127.0.0.1", "PARAMS": new},
    }


def rendition(text: str, renditions: int = 1) -> dict[str, str]:
    """Return an entry and its first rendition."""
    return {"/v.m3u8": "#EXTM3U\n" + variants(renditions), "/v1.m3u8": MEDIA + text}


def interstitial(assets: int) -> dict[str, str]:
    """Return a rendition with a list of assets."""
    at = "2026-01-01T00:00:00Z"
    tag = f'#EXT-X-DATERANGE:ID="a",START-DATE="{at}",X-ASSET-LIST="l.json"\n'
    listed = [{"URI": f"a{number}.m3u8", "DURATION": 1} for number in range(assets)]
    one = rendition(f"#EXT-X-PROGRAM-DATE-TIME:{at}\n{SEGMENT}{tag}")
    return {**one, "/l.json": json.dumps({"ASSETS": listed})}


def defined(size: int, times: int) -> dict[str, str]:
    """Return a rendition that uses a long variable many times."""
    lines = "".join(f"#EXTINF:6,\n{{$a}}{number}.ts\n" for number in range(times))
    return rendition(f'#EXT-X-DEFINE:NAME="a",VALUE="{"x" * size}"\n{lines}')


def reports(count: int, *, query: int = 0) -> str:
    """Return a rendition that reports on others."""
    more = "?" + "&".join(f"a{n}=b" for n in range(query)) if query else ""
    return SEGMENT + "".join(
        f'#EXT-X-RENDITION-REPORT:URI="../x/{number}.m3u8{more}",LAST-MSN=1\n'
        for number in range(count)
    )


DEAR = {
    "reports": rendition(reports(300), 1000),
    "long reports": rendition(reports(150, query=200), 1000),
    "clones": steered(300, {"PATHWAY-CLONES": [clone(n) for n in range(1000)]}),
    "parameters": steered(300, {"PATHWAY-CLONES": [clone(0, 300)]}),
    "long parameters": steered(
        300, {"PATHWAY-CLONES": [clone(n, 60, 2) for n in range(100)]}
    ),
    "many assets": interstitial(20_000),
    "assets": interstitial(1000),
    "long variable": defined(60_000, 1000),
    "variable": defined(8000, 1000),
    "ladder": rendition(SEGMENT, 1000),
    "pathways": {"/v.m3u8": "#EXTM3U\n" + variants(900, stable=True, pathways=300)},
    "equal slugs": {"/v.m3u8": "#EXTM3U\n" + variants(1).rpartition("\n")[0] * 900},
    "dateranges": rendition(
        SEGMENT
        + "".join(
            f'#EXT-X-DATERANGE:ID="{n}",X-ASSET-URI="https://a.test/{n}.m3u8"\n'
            for n in range(2000)
        )
    ),
    "attributes": rendition(
        SEGMENT + "#EXT-X-KEY:" + ",".join(f"A{n}=1" for n in range(8000)) + "\n"
    ),
    "quotes": rendition(SEGMENT + '#EXT-X-KEY:METHOD=AES-128,URI="' + "'" * 60_000),
    "commas": rendition(SEGMENT + "#EXT-X-KEY:" + "," * 60_000 + "\n"),
    "blanks": rendition(SEGMENT + (" " * 60_000 + "\n") * 10),
    "braces": rendition(SEGMENT + "{$" * 30_000 + "\n"),
    "dots": rendition("#EXTINF:6,\n" + "../" * 20_000 + "a.ts\n"),
    "percent": rendition("#EXTINF:6,\n" + "%41" * 20_000 + ".ts\n"),
    "query": rendition("#EXTINF:6,\na.ts?" + "&".join(["a=b"] * 15_000) + "\n"),
    "returns": rendition(SEGMENT + "\r" * 200_000),
    "deep": {**steered(1, {}), "/s.json": "[" * 100_000},
    "deep object": {**steered(1, {}), "/s.json": '{"a":' * 100_000},
    "data": {
        "/v.m3u8": '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="data:,'
        + quote(json.dumps({"PATHWAY-CLONES": [clone(n) for n in range(200)]}))
        + '"\n'
        + variants(300, stable=True)
    },
}


def serve(origin: Origin, answers: dict[str, str]) -> None:
    """Make the origin answer like this."""
    for path, body in answers.items():
        kind = "application/json" if path.endswith(".json") else ""
        origin.says(path, body, kind=kind)


async def ask_all(one: Whole) -> set[int]:
    """Request the entry, and the first thing that each answer refers to."""
    statuses, at = set(), ENTRY
    for _ in range(3):
        heard = await one.get(at)
        statuses.add(heard.status)
        text = heard.body.decode("latin-1")
        below = re.findall(
            r'(?:SERVER-URI|X-ASSET-LIST)="([^"]*json)"|^([^#\s].*m3u8)$',
            text,
            re.MULTILINE,
        )
        if heard.status != 200 or not below:
            break
        at = str(URL(f"http://x{at}").join(URL("".join(below[0])))).split("/", 3)[3]
        at = f"/{at}"
    return statuses


async def test_no_name_blocks_the_event_loop(tmp_path: Path) -> None:
    """Forty dots once blocked it for longer than anybody waits."""
    async with whole(tmp_path) as one:
        serve(one.origin, rendition(SEGMENT))
        one.origin.says("/1.ts", b"\0media")
        assert (await one.get()).status == 200
        asked = 0
        for path in names():
            heard = await one.get(path)
            assert heard.status < 500 or heard.status == 503, path[:80]
            asked += 1
        assert asked > 300
        assert (await one.get()).status == 200


@pytest.mark.parametrize("answers", DEAR.values(), ids=DEAR)
async def test_no_small_answer_blocks_the_event_loop(
    tmp_path: Path, answers: dict[str, str]
) -> None:
    """A few bytes once took seconds; each is requested twice."""
    async with whole(tmp_path) as one:
        serve(one.origin, answers)
        for _ in range(2):
            statuses = await ask_all(one)
            assert statuses <= {200, 404, 502}
            await one.clock.jump(60.0)


async def computes() -> None:
    """Block the loop."""
    sum(range(5_000_000))


async def test_the_watchdog_detects_a_blocked_loop() -> None:
    """A callback that computes is reported, one that waits is not."""
    with pytest.raises(AssertionError, match="computes held the loop for"), unheld():
        await asyncio.create_task(computes())
    with unheld():
        await asyncio.create_task(asyncio.sleep(0.1))


async def test_a_process_records_what_blocked_its_loop(tmp_path: Path) -> None:
    """Only once it serves: a slow start delays nobody."""
    file, begun = tmp_path / "held", time.monotonic()
    assert held_by(file, since=begun) == []
    with watched(noting(file)):
        await asyncio.create_task(computes())
    (held,) = held_by(file, since=begun)
    assert held.seconds > MOST_SECONDS
    assert held_by(file, since=time.monotonic()) == []

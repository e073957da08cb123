"""Every replica leads a name to the same resource, and an unknown one nowhere."""

import re

import pytest

from proxy.errors import NameUnknownError
from tests.contract.test_lasting_names.network import (
    ENTRY,
    HEAD,
    HIGH,
    LADDER,
    LOW,
    MEDIA,
    heard,
    lines,
    network,
)
from tests.streams.built import ask, built


async def test_p3_replicas_agree_on_names_and_serve_each_others() -> None:
    """So a load balancer may send requests to any of them, and restarts do no harm."""
    asked = network(v=LADDER, low=MEDIA, high=MEDIA)
    paths = ["index.m3u8", LOW, HIGH]
    async with built(ENTRY, network=asked) as first:
        said = {path: await heard(first, path) for path in paths}
        for folder in ("360p-800k", "720p-3000k"):
            plain, signed = lines(said[f"{folder}/index.m3u8"].decode())
            said |= {
                f"{folder}/{plain}": b"\0media, 16 bytes",
                f"{folder}/{signed}": b"\0media, 16 bytes",
            }
        (key,) = set(re.findall(rb'URI="\.\./(.+)"', said[LOW] + said[HIGH]))
        said[key.decode()] = b"\0media, 16 bytes"
    for path, body in said.items():
        async with built(ENTRY, network=asked) as other:
            assert await heard(other, path) == body


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "..",
        "../lobby/index.m3u8",
        "%2e%2e/index.m3u8",
        "360p-800k/../index.m3u8",
        "360p-800k/%731.ts",
        "360p-800k//s1.ts",
        "360p-800k/s1.ts?q=1",
        "360p-800k/S1.ts",
        "360p-800k/s1",
        "720p-3000k/s3.ts",
        "main/s1.ts",
        "common/s1.ts",
        "common/index.m3u8",
        "garden/index.m3u8",
        "ad-abcdefgh2345.main/s1.ts",
        "https://o.example/s2.ts?q=1",
        "https%3A%2F%2Fo.example%2Fs2.ts%3Fq=1",
    ],
)
async def test_s2_an_unknown_name_causes_no_upstream_request(path: str) -> None:
    """If the playlists are loaded, it is only a lookup."""
    asked = network(v=LADDER, low=MEDIA, high=MEDIA)
    async with built(ENTRY, network=asked) as one:
        for known in ("index.m3u8", LOW, HIGH):
            await one.playlist(known)
        before = len(asked.asked)
        with pytest.raises(NameUnknownError):
            await one.stream.open(path, ask())
    assert len(asked.asked) == before


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("index.m3u8", "common/index-ID.m3u8"),
        ("common", "main/common-ID.ts"),
        ("main.ts", "main/main.ts"),
        (".hidden", "main/seg-ID.ts"),
        (".hidden.ts", "main/-hidden-ID.ts"),
        ("seg-abcdefgh2345.ts", "main/seg-abcdefgh2345-ID.ts"),
        ("x" * 297 + ".ts", "main/" + "x" * 32 + "-ID.ts"),
        ("%2e%2e%2fs.ts", "main/-2e-2e-2fs-ID.ts"),
    ],
)
async def test_an_odd_file_name_gets_a_valid_local_name(
    written: str, local: str
) -> None:
    """It leads to the file with its upstream name."""
    asked = network(v=f"{HEAD}#EXTINF:4,\n{written}\n", index=HEAD)
    async with built(ENTRY, network=asked) as one:
        (name,) = lines(await one.playlist())
        assert re.fullmatch(local.replace("ID", "[a-z2-7]{12}"), name)
        await heard(one, name)
    assert asked.asked[-1] == f"https://m.example/{written}"

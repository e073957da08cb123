"""A limit that is exceeded is reported with what came, and its setting."""

from pathlib import Path

import pytest

from tests.contract.whole import whole
from tests.streams.origin import M3U8

MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n1.ts\n"
LIMITS = """\
playlist_bytes = 2000
playlist_lines = 20
line_bytes = 500
key_bytes = 32
"""


@pytest.mark.parametrize(
    ("playlist", "said"),
    [
        (
            MEDIA + "#" * 2000,
            "a body of 2,048 bytes; limits.playlist_bytes allows 2,000",
        ),
        (
            MEDIA + "#\n" * 20,
            "the playlist has 24 lines; limits.playlist_lines allows 20",
        ),
        (
            MEDIA + "#" * 501 + "\n",
            "a line of more than 500 bytes; limits.line_bytes allows 500",
        ),
    ],
    ids=["bytes", "lines", "line"],
)
async def test_a_playlist_above_a_limit_names_the_limit(
    tmp_path: Path, playlist: str, said: str
) -> None:
    """The upstream is not broken, so it is not blamed."""
    async with whole(tmp_path, settings={"limits": LIMITS}) as one:
        one.origin.says("/v.m3u8", playlist, kind=M3U8)
        heard = await one.get()
    assert heard.status == 502
    status = heard.headers["Proxy-Status"]
    assert status.startswith("hls-auth-proxy; error=http_response_body_size; details=")
    assert status.endswith(f'{said}"')


async def test_the_limit_of_names_is_reported_with_advice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is reported once, and names the signature that causes new names."""
    limits = {"limits": "names_per_stream = 20"}
    async with whole(tmp_path, settings=limits) as one:
        for load in range(8):
            lines = "".join(f"#EXTINF:6,\n{n}.ts?sig={load}\n" for n in range(10))
            body = f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n{lines}#EXT-X-ENDLIST\n"
            one.origin.says("/v.m3u8", body, Cache_Control="no-store")
            assert (await one.get()).status == 200
            await one.clock.jump(3600.0)
    out, err = capsys.readouterr()
    told = [line for line in (out + err).splitlines() if "volatile.query" in line]
    assert len(told) == 1
    assert 'add "sig" to volatile.query' in told[0]
    assert "raise limits.names_per_stream (20)" in told[0]


async def test_one_selection_too_many_names_the_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The player gets the limit and Retry-After; the operator one line."""
    limits, stream = "selections_per_stream = 1", 'player_parameters = ["lang"]'
    async with whole(tmp_path, stream=stream, settings={"limits": limits}) as one:
        one.origin.says("/v.m3u8", MEDIA, kind=M3U8)
        one.origin.says("/1.ts", b"\0media")
        assert (await one.get("/lobby/index.m3u8?lang=%64e")).status == 200
        assert (await one.get("/lobby/main.lang-de/1.ts")).status == 200
        for _ in range(2):
            heard = await one.get("/lobby/index.m3u8?lang=fr")
            assert (heard.status, heard.headers["Retry-After"]) == (503, "30")
            assert "limits.selections_per_stream" in heard.headers["Proxy-Status"]
        assert (await one.get("/lobby/index.m3u8?lang=de")).status == 200
    out, err = capsys.readouterr()
    said = "raise limits.selections_per_stream (1)"
    assert sum(said in line for line in (out + err).splitlines()) == 1

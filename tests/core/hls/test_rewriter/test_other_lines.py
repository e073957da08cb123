"""References past the proxy lead nowhere, other lines stay, facts are collected."""

import pytest

from proxy.core.hls.facts import Facts
from tests.core.hls.test_rewriter.rewriting import Pass


@pytest.mark.parametrize(
    "line",
    [
        "",
        " \t ",
        '# see http://x/y.ts URI="a"',
        '##EXT-X-MAP:URI="a"',
        '#KODIPROP:URI="a"',
        '#EXTINF:4,URI="a.ts" http://x/',
        '  #EXTINF:4,URI="a.ts"',
        '#EXTM3U x-tvg-url="http://e/epg.xml",URI="a"',
        '#EXTVLCOPT:http-referrer=https://x/,URI="a"',
        "#EXT-X-CUSTOM-URI:https://x/",
        "#EXT-X-FAXS-CM:/DAlAAAAAAAAAP/wFAUAAAABf+/+ANgN==",
        '#EXT-X-CUE-OUT:30,URI="a"',
        "#EXT-X-MAP",
        "#EXT-X-MAP:",
        '#EXT-X-MAP:URI=""',
        '#EXT-X-MAP:URI=" "',
        "#EXT-X-MAP:URI=,X=1",
        '#EXT-X-MAP:uri="a"',
        "#EXT-X-PREFETCH:",
        '#EXT-X-KEY:METHOD=AES-128,URI="data:;base64,AA,=="',
        '#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.x",URI="skd://h/k"',
        '#EXT-X-SESSION-DATA:DATA-ID="b",VALUE="https://x/y?URI=1"',
        "data:video/mp2t,x",
        "urn:uuid:1",
        "//#EXT-X-BYTERANGE:1@2",
    ],
)
def test_lines_that_stay(line: str) -> None:
    """Comments, titles, tags without references, and references to other systems."""
    rewritten = Pass()
    assert rewritten(line) == line
    assert not rewritten.references


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        '#EXT-X-KEY:METHOD=AES-128,URI="{}"',
        '#EXT-X-KEY:METHOD=NONE,METHOD=AES-128,URI="{}"',
        '#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.x",URI="{}"',
        '#EXT-X-MAP:URI="{}"',
        '#EXT-X-PART:DURATION=1,URI="{}"',
        '#EXT-X-MEDIA:TYPE=AUDIO,URI="{}"',
        '#EXT-X-CONTENT-STEERING:SERVER-URI="{}"',
        '#EXT-X-DATERANGE:X-ASSET-URI="{}"',
        '#EXT-X-DATERANGE:X-ASSET-LIST="{}"',
        '#EXT-X-NEW:URI="{}"',
        "#EXT-X-PREFETCH:{}",
    ],
)
@pytest.mark.parametrize("multivariant", [False, True])
@pytest.mark.parametrize(
    "written",
    [
        "httpproxy://evil.example:80/x.ts",
        "rtmp://evil.example/x",
        "FTP://evil.example/x",
        "file:///etc/passwd",
        "crypto+http://evil.example/x",
        "concat:http://evil.example/x|http://evil.example/y",
        "http://[x@evil.example/x",
        "http://evil.example/{$none}.ts",
        "{$none}.ts",
    ],
)
def test_references_past_the_proxy_lead_nowhere(
    line: str, written: str, *, multivariant: bool
) -> None:
    """FFmpeg knows many schemes, and no variables."""
    rewritten = Pass(multivariant=multivariant)
    local = rewritten(line.format(written))
    assert written not in local
    assert local == line.format("0")
    assert rewritten.references[0].url.endswith(".invalid/")


@pytest.mark.parametrize(
    "lines",
    [
        '#EXT-X-MEDIA:TYPE=AUDIO,URI="{}"',
        '#EXT-X-I-FRAME-STREAM-INF:URI="{}"',
        '#EXT-X-DATERANGE:X-ASSET-URI="{}"',
        '#EXT-X-DATERANGE:X-ASSET-LIST="{}"',
        "#EXTINF:1,\na.ts\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}",
    ],
)
def test_a_playlist_in_a_data_url_leads_nowhere(lines: str) -> None:
    """What it refers to would not be local."""
    data = "data:application/vnd.apple.mpegurl,%23EXTM3U"
    rewritten = Pass()
    assert data not in rewritten(lines.format(data))
    assert rewritten.references[-1].url.endswith(".invalid/")
    rewritten = Pass(multivariant=True)
    assert data not in rewritten(f"#EXT-X-STREAM-INF:BANDWIDTH=1\n{data}")


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("", Facts()),
        ("a\nb c\n{$none}\nrtmp://x", Facts(segments=4)),
        (" #EXT-X-ENDLIST \na", Facts(ended=True, segments=1)),
        ("#EXT-X-SKIP:SKIPPED-SEGMENTS=3", Facts(partial=True)),
        ("#EXT-X-TARGETDURATION:6", Facts(target_duration=6.0)),
        ("#EXT-X-TARGETDURATION: 6.5 ", Facts(target_duration=6.5)),
        ("#EXT-X-PART-INF:PART-TARGET=0.334", Facts(part_target=0.334)),
        ("#EXT-X-PART-INF:X=1,PART-TARGET=1", Facts(part_target=1.0)),
        ("#EXT-X-PART-INF:PART-TARGET=x", Facts()),
        ("#EXT-X-TARGETDURATION:nan", Facts()),
        ("#EXT-X-TARGETDURATION", Facts()),
        (
            "#EXT-X-TARGETDURATION:6\na\n#EXT-X-TARGETDURATION:8",
            Facts(target_duration=8.0, segments=1),
        ),
        ("#EXTINF:4,#EXT-X-TARGETDURATION:6", Facts()),
        ("#EXT-X-KEY:METHOD=AES-128", Facts()),
        ("#EXT-X-KEY:METHOD=SAMPLE-AES", Facts(drm=True)),
        ('#EXT-X-SESSION-KEY:KEYFORMAT="x"', Facts(drm=True)),
        ("#EXT-X-NEW:METHOD=SAMPLE-AES", Facts()),
        ("#EXTINF:4,#EXT-X-ENDLIST", Facts()),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_facts_are_collected_in_the_same_pass(
    text: str, facts: Facts, end: str
) -> None:
    """Whether it changes, when to reload, whether it has DRM."""
    rewritten = Pass()
    rewritten(text.replace("\n", end or "\n") + end)
    assert rewritten.rewriter.facts == facts

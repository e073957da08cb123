"""The pass over the lines: which references get names, and of which kind."""

import pytest

from proxy.core.hls.facts import Facts
from proxy.core.hls.references import Finder, Reference
from proxy.core.hls.rewriter import Rewriter
from proxy.core.hls.variables import Variables
from proxy.core.http.uri import Resolver
from proxy.core.kind import Kind

FOLDER = "https://cdn.example/live/"


class Pass:
    """A pass that names the references 0, 1, 2 … and records them."""

    def __init__(self, *, multivariant: bool = False) -> None:
        self.references: list[Reference] = []
        self.manifests: list[str] = []
        variables = Variables(None, {}, frozenset())
        finder = Finder(Resolver(FOLDER + "index.m3u8"), variables)
        self.rewriter = Rewriter(
            finder, variables, self._name, self._steering, multivariant=multivariant
        )

    def __call__(self, text: str) -> str:
        """Rewrite these lines."""
        return self.rewriter.text(text.encode()).decode()

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of all named references."""
        return [reference.kind for reference in self.references]

    def _name(self, reference: Reference) -> str:
        self.references.append(reference)
        return str(len(self.references) - 1)

    def _steering(self, manifest: str) -> str | None:
        self.manifests.append(manifest)
        return "data:,local" if "json" in manifest else None


def test_a_plain_segment_has_only_a_url() -> None:
    """The usual case: no tag, no attributes, a relative local reference."""
    rewritten = Pass()
    assert rewritten("#EXTINF:4,\ns.ts?x=1") == "#EXTINF:4,\n0"
    assert rewritten.references == [
        Reference(FOLDER + "s.ts?x=1", Kind.SEGMENT, written="s.ts?x=1")
    ]


@pytest.mark.parametrize(
    "line", ["s.ts", "a/b.ts", "/s.ts", "https://h/s.ts", " s.ts ", "a b.ts", "?x"]
)
def test_the_fast_path_for_segments_gives_the_same_result(line: str) -> None:
    """Plain lines and other spellings have the same result."""
    rewritten = Pass()
    assert rewritten(line) == "0"
    assert rewritten.kinds == [Kind.SEGMENT]
    assert rewritten.rewriter.facts.segments == 1


@pytest.mark.parametrize(
    "line", ["v.m3u8", "v.M3U8?x=1", "https://h/v.m3u", "./v.m3u8", "v.m3u#f"]
)
def test_a_playlist_in_a_media_playlist_is_recognised_by_its_name(line: str) -> None:
    """Channel lists have titles before playlists."""
    rewritten = Pass()
    rewritten(f"#EXTINF:-1,One\n{line}")
    assert rewritten.kinds == [Kind.PLAYLIST]


def test_a_variant_gets_the_attributes_before_its_uri_line() -> None:
    """Blank lines, comments and other tags may be between (section 4.4.6.2)."""
    rewritten = Pass(multivariant=True)
    text = rewritten(
        '#EXT-X-STREAM-INF:BANDWIDTH=1,NAME="{$n}"\n\n# note\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,URI="a"\nlow\nmore.ts'
    )
    audio, low, more = rewritten.references
    assert text.endswith('URI="0"\n1\n2')
    assert audio.tag == "EXT-X-MEDIA"
    assert low.tag == "EXT-X-STREAM-INF"
    assert low.attributes == {"BANDWIDTH": "1", "NAME": "{$n}"}
    assert (more.tag, more.attributes) == ("", {})
    assert rewritten.kinds == [Kind.PLAYLIST] * 3


def test_a_variant_may_have_no_attributes() -> None:
    """A bare STREAM-INF still shows what follows."""
    rewritten = Pass(multivariant=True)
    rewritten("#EXT-X-STREAM-INF:\nv")
    assert rewritten.references[0].tag == "EXT-X-STREAM-INF"


def test_attributes_before_a_bad_line_are_not_used_later() -> None:
    """They belong to the next URI line, even if it is not understood."""
    rewritten = Pass(multivariant=True)
    rewritten("#EXT-X-STREAM-INF:BANDWIDTH=1\nurn:x\nv")
    assert rewritten.references[0].tag == ""


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ('#EXT-X-MAP:URI="i.mp4"', '#EXT-X-MAP:URI="0"', [Kind.MAP]),
        (" #EXT-X-MAP : URI=i.mp4 ", ' #EXT-X-MAP : URI="0" ', [Kind.MAP]),
        ("#EXT-X-MAP:URI='i.mp4'", '#EXT-X-MAP:URI="0"', [Kind.MAP]),
        ('#EXT-X-MAP:URI="i.mp4', '#EXT-X-MAP:URI="0"', [Kind.MAP]),
        ('#EXT-X-MAP:URI="i#t=1"', '#EXT-X-MAP:URI="0#t=1"', [Kind.MAP]),
        (
            '#EXT-X-PART:X="URI=a",URI="p",URI="q"',
            '#EXT-X-PART:X="URI=a",URI="0",URI="1"',
            [Kind.PART, Kind.PART],
        ),
        (
            '#EXT-X-DATERANGE:X-ASSET-URI="a",URI="b",X-URI="c"',
            '#EXT-X-DATERANGE:X-ASSET-URI="0",URI="b",X-URI="1"',
            [Kind.PLAYLIST, Kind.OTHER],
        ),
        (
            '#EXT-X-PRELOAD-HINT:URI="i",TYPE=MAP',
            '#EXT-X-PRELOAD-HINT:URI="0",TYPE=MAP',
            [Kind.MAP],
        ),
        ("#EXT-X-PREFETCH: X \t", "#EXT-X-PREFETCH: 0 \t", [Kind.SEGMENT]),
        ("#EXT-X-PREFETCH:E#f", "#EXT-X-PREFETCH:0#f", [Kind.SEGMENT]),
        ('#EXT-X-NEW:A=1,URI="x"', '#EXT-X-NEW:A=1,URI="0"', [Kind.OTHER]),
        ('#EXTNEW:URI="x"', '#EXTNEW:URI="0"', [Kind.OTHER]),
    ],
)
def test_only_the_reference_in_a_tag_changes(
    before: str, after: str, kinds: list[Kind]
) -> None:
    """Blanks, other attributes and fragments stay; quotes become double ones."""
    rewritten = Pass()
    assert rewritten(before) == after
    assert rewritten.kinds == kinds


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
    "attributes",
    ['METHOD=NONE,URI="k"', 'METHOD=SAMPLE-AES,KEYFORMAT="com.x",URI="https://h/k"'],
)
def test_the_uri_of_any_key_is_local(attributes: str) -> None:
    """FFmpeg requests any of them."""
    rewritten = Pass()
    assert rewritten(f"#EXT-X-KEY:{attributes}").endswith('URI="0"')
    assert rewritten.kinds == [Kind.KEY]


@pytest.mark.parametrize(
    ("attribute", "absolute"),
    [
        ('X-ASSET-URI="a.m3u8"', True),
        ('X-ASSET-URI="https://h/a.m3u8"', True),
        ('X-ASSET-LIST="a.json"', False),
        ('X-ASSET-LIST="https://h/a.json"', True),
        ('X-ASSET-LIST="//h/a.json"', True),
        ('X-URI="/a.json"', False),
        ('X-URI="https://h/a.json"', True),
    ],
)
def test_interstitials_are_absolute_if_required(
    attribute: str, *, absolute: bool
) -> None:
    """X-URI must equal its target, so both follow the upstream (appendix D.2)."""
    rewritten = Pass()
    rewritten(f'#EXT-X-DATERANGE:ID="a",{attribute}')
    assert [r.absolute for r in rewritten.references] == [absolute]


def test_relative_asset_lists_keep_their_written_form() -> None:
    """Two renditions have the same text, but different lists."""
    rewritten = Pass()
    rewritten('#EXT-X-DEFINE:NAME="a",VALUE="x y"')
    rewritten('#EXT-X-DATERANGE:X-ASSET-LIST="../{$a}.json?b#c"')
    assert rewritten.references[0].written == "../x%20y.json?b"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("data:application/json,{}", "data:,local"),
        ("DATA:text/plain,x", "DATA:text/plain,x"),
    ],
)
def test_a_steering_manifest_in_the_playlist(before: str, after: str) -> None:
    """A data: URL has its own rewriter, which may leave it unchanged."""
    rewritten = Pass(multivariant=True)
    tag = '#EXT-X-CONTENT-STEERING:SERVER-URI="{}",PATHWAY-ID="A"'
    assert rewritten(tag.format(before)) == tag.format(after)
    assert len(rewritten.manifests) == 1
    assert not rewritten.references


def test_variables_apply_after_their_definition() -> None:
    """In other quoted strings they stay for the player."""
    rewritten = Pass()
    text = rewritten(
        '#EXT-X-DEFINE:NAME="p",VALUE="a/"\n{$p}2.ts\n#EXT-X-NEW:X="{$p}",URI="{$p}"'
    )
    assert text == ('#EXT-X-DEFINE:NAME="p",VALUE="a/"\n0\n#EXT-X-NEW:X="{$p}",URI="1"')


@pytest.mark.parametrize(
    ("tag", "kinds"),
    [
        ('#EXT-X-PRELOAD-HINT:TYPE="{$m}",URI="a"', [Kind.MAP]),
        ('#EXT-X-PRELOAD-HINT:TYPE="x{$m}",URI="a"', [Kind.PART]),
        ('#EXT-X-PRELOAD-HINT:TYPE="{$none}",URI="a"', [Kind.PART]),
        ('#EXT-X-DATERANGE:CLASS="{$c}",X-URI="a"', [Kind.ASSET_LIST]),
    ],
)
def test_variables_are_expanded_in_other_attributes(
    tag: str, kinds: list[Kind]
) -> None:
    """RFC 8216bis section 4.3 allows them in any quoted string."""
    rewritten = Pass()
    rewritten(
        '#EXT-X-DEFINE:NAME="m",VALUE="MAP"\n'
        f'#EXT-X-DEFINE:NAME="c",VALUE="com.apple.hls.preload"\n{tag}'
    )
    assert rewritten.kinds == kinds


def test_a_manifest_may_come_from_a_variable() -> None:
    """Otherwise it would lead the player past the proxy."""
    rewritten = Pass()
    text = rewritten(
        '#EXT-X-DEFINE:NAME="m",VALUE="data:application/json,{}"\n'
        '#EXT-X-CONTENT-STEERING:SERVER-URI="{$m}"'
    )
    assert text.endswith('#EXT-X-CONTENT-STEERING:SERVER-URI="data:,local"')
    assert rewritten.manifests == ["data:application/json,%7B%7D"]


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

"""URLs in attributes: keys, interstitials, steering manifests, variables."""

import pytest

from proxy.core.kind import Kind
from tests.core.hls.test_rewriter.rewriting import Pass


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

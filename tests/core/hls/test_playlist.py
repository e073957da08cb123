"""Rewriting playlists."""

import re
from itertools import count

import pytest
from hypothesis import given, settings

from proxy.core.hls.attributes import scan
from proxy.core.hls.playlist import (
    Document,
    Reference,
    Rewritten,
    is_multivariant,
    is_playlist,
    rewrite,
)
from proxy.core.kind import Kind
from tests.playlists import bodies, lines_of, raw_lines, web, words

DOCUMENT = Document("https://cdn.example/live/ch1/index.m3u8", "sid=7")


def numbered(body: bytes, document: Document = DOCUMENT) -> Rewritten:
    """Rewrite with names `<0>`, `<1>`, …."""
    numbers = count()
    return rewrite(body, document, lambda _: f"<{next(numbers)}>")


@given(bodies(lines_of(words) | raw_lines))
@settings(deadline=None)
def test_p1_no_line_is_added_or_lost(body: bytes) -> None:
    """For any bytes: nothing raises, and each line keeps its terminator."""
    before = body.splitlines(keepends=True)
    after = numbered(body).body.splitlines(keepends=True)
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        assert old[len(old.rstrip(b"\r\n")) :] == new[len(new.rstrip(b"\r\n")) :]


@given(bodies(lines_of(words) | raw_lines))
@settings(deadline=None)
def test_p1_without_names_nothing_changes(body: bytes) -> None:
    """Then the result is a copy."""
    assert rewrite(body, DOCUMENT, lambda _: None).body == body


@given(bodies(lines_of(words)))
@settings(deadline=None)
def test_p1_only_the_bytes_of_references_change(body: bytes) -> None:
    """Tags keep their attributes, in order, and all values except references."""
    for old, new in zip(
        body.splitlines(), numbered(body).body.splitlines(), strict=True
    ):
        if not old.lstrip(b" \t\xef\xbb\xbf").startswith(b"#"):
            continue
        assert old.partition(b":")[0] == new.partition(b":")[0]
        start = old.find(b":") + 1
        for was, now in zip(scan(old, start), scan(new, start), strict=True):
            assert was.name == now.name
            assert was.value == now.value or now.value.startswith(b"<")


@given(bodies(lines_of(web)))
@settings(deadline=None)
def test_every_web_reference_gets_a_name(body: bytes) -> None:
    """No upstream host is left, wherever a reference may be."""
    assert b"up.example" not in numbered(body).body


@given(bodies(lines_of(words | web)))
@settings(deadline=None)
def test_p3_the_same_playlist_gives_the_same_result(body: bytes) -> None:
    """No state is kept from one document to the next."""
    assert numbered(body) == numbered(body)


@given(bodies(lines_of(words | web)))
@settings(deadline=None)
def test_names_are_only_requested_for_web_urls(body: bytes) -> None:
    """The URLs are in ASCII, without fragment."""

    def name(reference: Reference) -> str:
        assert re.fullmatch(r"https?://[!-~]+", reference.url)
        assert "#" not in reference.url + reference.written
        return "n"

    rewrite(body, DOCUMENT, name)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    ("body", "after"),
    [
        (b"", b""),
        (b"\n", b"\n"),
        (b"#EXTM3U", b"#EXTM3U"),
        (b"#EXTM3U\na\nb", b"#EXTM3U\n<0>\n<1>"),
        (b"#EXTM3U\r\na\r\n", b"#EXTM3U\r\n<0>\r\n"),
        (b"#EXTM3U\ra\r", b"#EXTM3U\r<0>\r"),
        (b"#EXTM3U\r\na\n\rb\r\n\n", b"#EXTM3U\r\n<0>\n\r<1>\r\n\n"),
        (b"a", b"<0>"),
    ],
)
def test_p2_line_ends_and_byte_order_mark_stay(
    mark: bytes, body: bytes, after: bytes
) -> None:
    """LF, CRLF, lone CR, mixed, none at the end, a byte order mark (section 4.1)."""
    assert numbered(mark + body).body == mark + after


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_is_left_alone(mark: bytes) -> None:
    """The specification does not allow it, and its bytes would not form lines."""
    body = mark + "#EXTM3U\na.ts\n".encode("utf-16-le")
    assert numbered(body) == Rewritten(body)


@pytest.mark.parametrize(
    ("body", "multivariant"),
    [
        (b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv\n", True),
        (b"#EXTM3U\r #EXT-X-MEDIA:TYPE=AUDIO\r", True),
        (b"#EXTM3U\n#EXT-X-I-FRAME-STREAM-INF:URI=x\n", True),
        (b"\xef\xbb\xbf#EXT-X-IMAGE-STREAM-INF:URI=x", True),
        (b"#EXT-X-TARGETDURATION:4\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv\n", True),
        (b"#EXTM3U\n#EXTINF:4,\ns.ts\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", False),
        (b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:1\n#EXTINF:4,\ns.ts\n", False),
        (b"#EXTM3U\n#EXT-X-PART:URI=x\n", False),
        (b"# #EXT-X-STREAM-INF:\n", False),
        (b"# #EXT-X-STREAM-INF:\n\t#EXT-X-STREAM-INF:BANDWIDTH=1\nv\n", True),
        (b"\xef\xbb\xbf #EXTINF:4,\ns\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", False),
        (b"", False),
    ],
)
def test_the_first_decisive_tag_shows_a_multivariant_playlist(
    body: bytes, *, multivariant: bool
) -> None:
    """Some playlists have tags of both kinds; players go by the first."""
    assert is_multivariant(body) is multivariant
    assert numbered(body).multivariant is multivariant


@pytest.mark.parametrize(
    ("head", "playlist"),
    [
        (b"#EXTM3U", True),
        (b"#EXTM3U8\n", True),
        (b"\xef\xbb\xbf#EXTM3U\r\n", True),
        (b" \r\n\t#EXTM3U\n", True),
        (b"\xef\xbb\xbf\n#EXTM3U\n", True),
        (b"#EXTINF:4,\n", False),
        (b"G@\x00#EXTM3U", False),
        (b"<html>", False),
        (b"", False),
    ],
)
def test_a_playlist_is_recognised_by_its_first_line(
    head: bytes, *, playlist: bool
) -> None:
    """Its URL and its type are often wrong."""
    assert is_playlist(head) is playlist


def test_facts_come_with_the_body() -> None:
    """Everything that was found is returned; variables are text."""
    rewritten = numbered(
        b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"
        b'#EXT-X-DEFINE:NAME="a",VALUE="x"\n#EXT-X-DEFINE:QUERYPARAM="sid"\n'
        b"#EXT-X-KEY:METHOD=SAMPLE-AES\n#EXTINF:4,\na.ts\nrtmp://x\n#EXT-X-ENDLIST\n"
    )
    assert rewritten == Rewritten(
        rewritten.body,
        ended=True,
        partial=True,
        target_duration=4.0,
        segments=2,
        variables={"a": "x", "sid": "7"},
        drm=True,
        unread=1,
    )


def test_variables_reach_the_media_playlist() -> None:
    """A multivariant playlist defines what its media playlists import (4.4.2.3)."""
    parent = rewrite(
        b'#EXT-X-DEFINE:QUERYPARAM="sid"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv?{$sid}\n',
        DOCUMENT,
        lambda reference: reference.written,
    )
    child = rewrite(
        b'#EXT-X-DEFINE:IMPORT="sid"\n#EXTINF:4,\ns{$sid}.ts\n',
        Document(DOCUMENT.base, imports=parent.variables),
        lambda reference: reference.written,
    )
    assert parent.body.endswith(b"\nv?7\n")
    assert child.body.endswith(b"\ns7.ts\n")


def test_p7_no_definition_contains_the_token() -> None:
    """Its parameter may be imported as a variable; only URIs may use the value."""
    urls: list[str] = []

    def name(reference: Reference) -> str:
        urls.append(reference.url)
        return "s.ts"

    document = Document("https://h/i.m3u8", "token=S3", hidden=frozenset({"token"}))
    body = b'#EXT-X-DEFINE:QUERYPARAM="token"\n#EXTINF:4,\ns.ts?token={$token}\n'
    rewritten = rewrite(body, document, name)

    assert rewritten.body == b'#EXT-X-DEFINE:NAME="token",VALUE=""\n#EXTINF:4,\ns.ts\n'
    assert urls == ["https://h/s.ts?token=S3"]
    assert "S3" not in repr(document) + repr(rewritten)


def test_p11_a_bad_line_does_not_affect_the_others() -> None:
    """It leads nowhere and is counted; the other lines stay correct."""
    rewritten = numbered(
        b'http://[bad/a.ts\n{$none}.ts\n#EXT-X-DEFINE:QUERYPARAM="none"\nhtts://h/x\n'
        b"s.ts\n"
    )
    assert rewritten.body.endswith(b"\n<2>\n<3>\n")
    assert rewritten.unread == 3


def test_byte_ranges_of_one_file_share_a_name() -> None:
    """Ranges stay: they continue in the same resource (section 4.4.4.2)."""
    body = b"#EXT-X-BYTERANGE:100@0\nf.mp4\n#EXT-X-BYTERANGE:100\nf.mp4\n"
    found: list[Reference] = []

    def name(reference: Reference) -> str:
        found.append(reference)
        return "n"

    assert rewrite(body, DOCUMENT, name).body == body.replace(b"f.mp4", b"n")
    assert found[0] == found[1]
    assert found[0].kind is Kind.SEGMENT

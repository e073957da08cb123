"""Playlists of all kinds, for tests of properties."""

import re

from hypothesis import strategies as st

# Every place of a reference; the reference replaces the braces.
PLACES = (
    "{}",
    "  {}\t",
    '#EXT-X-STREAM-INF:BANDWIDTH=1,URI="{}"',
    '#EXT-X-MEDIA:TYPE=AUDIO,NAME="a, URI=b",URI="{}"',
    '#EXT-X-I-FRAME-STREAM-INF:URI="{}",CODECS="a,b"',
    '#EXT-X-IMAGE-STREAM-INF:URI="{}"',
    '#EXT-X-KEY:METHOD=AES-128, URI="{}" , IV=0x1',
    '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="{}"',
    '  #EXT-X-MAP:URI="{}",BYTERANGE="1@0"',
    '#EXT-X-PART:DURATION=1,URI="{}"',
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{}"',
    '#EXT-X-RENDITION-REPORT:URI="{}",LAST-MSN=1',
    '#EXT-X-SESSION-DATA:DATA-ID="a",URI="{}"',
    '#EXT-X-CONTENT-STEERING:SERVER-URI="{}"',
    '#EXT-X-DATERANGE:ID="a",X-ASSET-URI="{}"',
    '#EXT-X-DATERANGE:ID="a",X-ASSET-LIST="{}"',
    '#EXT-X-DATERANGE:ID="a",X-URI="{}"',
    "#EXT-X-PREFETCH:{}",
    "#EXT-X-TWITCH-PREFETCH:{}",
    '#EXT-X-VENDOR:URI="{}"',
)
SILENT = (
    "",
    "#EXTM3U",
    '#EXTINF:4,Å\u0085\u2028 URI="x"',
    "#EXT-X-ENDLIST",
    "#EXT-X-PROGRAM-DATE-TIME:2022-12-22T05:58:45.714+00:00",
    '#EXT-X-DEFINE:NAME="v",VALUE="w"',
    "# https://comment.example/",
)

ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
words = st.text("ab./?#%:{$v}~ @[]\\é", max_size=12)
web = st.text("ab./?%:~ @[]\\é=", max_size=12).map("https://up.example/".__add__)
raw_lines = st.binary(max_size=20).map(lambda raw: re.sub(rb"[\r\n]", b"", raw))


def lines_of(references: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Return lines with these references in all places, and lines without."""
    placed = st.builds(str.format, st.sampled_from(PLACES), references)
    return (placed | st.sampled_from(SILENT)).map(str.encode)


def bodies(lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Return playlists of these lines, with all kinds of line ends."""
    ended = st.lists(st.builds(bytes.__add__, lines, ends), max_size=8).map(b"".join)
    mark = st.sampled_from([b"", b"\xef\xbb\xbf"])
    return st.builds(lambda *parts: b"".join(parts), mark, ended, lines)

"""Which media types a relayed body may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http.media_types import BYTES, relayed_type
from proxy.core.kind import Kind


@pytest.mark.parametrize(
    "said",
    [
        "video/mp2t",
        "Video/MP2T",
        "audio/aac",
        "video/mp4; codecs=avc1.640028",
        'video/mp4; codecs="avc1.640028,mp4a.40.2"',
        "image/jpeg",
        "text/vtt;charset=utf-8",
        "text/plain; charset=UTF-8",
        "application/json",
        "binary/octet-stream",
        'multipart/byteranges; boundary="B"',
    ],
)
def test_types_of_media_stay(said: str) -> None:
    """Byte for byte, including parameters."""
    assert relayed_type(Kind.SEGMENT, said) == said


@pytest.mark.parametrize(
    "said",
    [
        "text/html",
        "TEXT/HTML; charset=utf-8",
        "application/xhtml+xml",
        "text/xml",
        "image/svg+xml",
        "image/SVG+XML; charset=utf-8",
        "application/javascript",
        "text/javascript",
        "text/css",
        "application/pdf",
        "application/wasm",
        "multipart/x-mixed-replace; boundary=B",
        "message/rfc822",
        "video/mp2t, text/html",
        "video/mp2t; a=b, text/html",
        'video/mp2t; a="b", text/html',
        "text/plain\ttext/html",
        "",
        "*/*",
        "video",
    ],
)
def test_types_that_browsers_render_or_run_are_replaced(said: str) -> None:
    """Also types that two parsers might understand differently."""
    assert relayed_type(Kind.SEGMENT, said) == BYTES


def test_a_key_is_always_plain_bytes() -> None:
    """Whatever its type is."""
    assert relayed_type(Kind.KEY, "text/plain") == BYTES
    assert relayed_type(Kind.KEY, "video/mp2t") == BYTES


@given(st.text(max_size=40), st.sampled_from(list(Kind)))
def test_no_text_results_in_an_active_type(said: str, kind: Kind) -> None:
    """Whatever an upstream sends."""
    crossing = relayed_type(kind, said).lower()
    assert not any(
        word in crossing.partition(";")[0] for word in ("html", "xml", "javascript")
    )

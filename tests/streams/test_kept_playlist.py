"""Tests of the document in which a disk keeps a playlist."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.streams.kept_playlist import decoded, encoded
from tests.streams.documents import LADDER, VOD, kept


@pytest.mark.parametrize("body", [VOD, LADDER])
@pytest.mark.parametrize("fresh_seconds", [60.0, float("inf")])
def test_a_playlist_comes_back_unchanged(body: bytes, fresh_seconds: float) -> None:
    """Everything that is needed to serve it, and to know when it is too old."""
    one = kept(body=body, fresh_seconds=fresh_seconds, validators='"etag"\n')
    assert decoded(encoded(one)) == one


@given(st.binary())
def test_any_body_comes_back(body: bytes) -> None:
    """Also one that looks like the line before it."""
    one = decoded(encoded(kept(body=body)))
    assert one is not None
    assert one.facts.body == body


@pytest.mark.parametrize(
    "document", [b"", b"\n", b"{}\n#EXTM3U", b"null\n", b'{"version":2}\n', b"\xff"]
)
def test_another_document_is_not_a_playlist(document: bytes) -> None:
    """A later version may write others."""
    assert decoded(document) is None


@given(st.binary())
def test_reading_never_raises(document: bytes) -> None:
    """A file may contain anything."""
    decoded(document)


def test_an_incomplete_document_is_not_a_playlist() -> None:
    """Each part is needed."""
    head, _, body = encoded(kept()).partition(b"\n")
    told = json.loads(head)
    for name in told:
        less = {key: value for key, value in told.items() if key != name}
        assert decoded(json.dumps(less).encode() + b"\n" + body) is None


def test_equal_playlists_differ_only_in_their_confirmation() -> None:
    """The time when the platform confirmed them does not count."""
    assert kept(1.0).says_the_same(kept(2.0))
    assert not kept().says_the_same(kept(validators="x"))
    assert not kept().says_the_same(kept(body=LADDER))

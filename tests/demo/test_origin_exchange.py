"""Requests and replies as values."""

import json

import pytest

from proxy.demo.origin_exchange import OriginRequest, holds_token, refused, served
from proxy.demo.programme import MediaPiece, NotYet, Unable
from proxy.demo.record import Refusal

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("texts", "holds"),
    [
        ((TOKEN,), True),
        (("/a.m3u8", f"x=1&token={TOKEN}"), True),
        ((f"Bearer {TOKEN}",), True),
        (("/a/b.c.d", "token=", None, ""), False),
        ((), False),
    ],
)
def test_a_token_is_recognised_by_its_form(texts: tuple[str, ...], holds: bool) -> None:  # noqa: FBT001 -- a table
    """Anywhere in the request."""
    assert holds == holds_token(*texts)


def test_the_repr_of_a_request_shows_nothing() -> None:
    """Every part of it may contain a token."""
    assert TOKEN not in repr(
        OriginRequest(f"/{TOKEN}", TOKEN, authorization=TOKEN, cookie=TOKEN)
    )


def test_a_refusal_looks_like_that_of_fastpix() -> None:
    """A status, and a message in JSON."""
    reply = refused(401, Refusal.BAD_TOKEN, "a")

    assert (reply.status, reply.stream, reply.refusal) == (401, "a", Refusal.BAD_TOKEN)
    assert json.loads(reply.body) == {
        "success": False,
        "error": {"message": "bad token"},
    }


def test_a_missing_piece_is_not_found() -> None:
    """An existing one is served, with the lifetime of its token."""
    found, none = served(MediaPiece(b"x", "text/x"), "a", 2.0), served(None, "a", 2.0)

    assert (found.status, found.body, found.token_life) == (200, b"x", 2.0)
    assert (none.status, none.stream, none.token_life) == (404, "a", 2.0)


def test_future_content_is_to_be_requested_again() -> None:
    """Such a reply is never sent."""
    assert served(NotYet(12.5), "a").again_at == 12.5
    assert served(MediaPiece(b"", "text/plain"), "a").again_at is None


def test_the_reason_for_a_missing_piece_is_in_the_answer() -> None:
    """Status, reason, cache lifetime, and when to come back."""
    reply = served(Unable(503, "later", kept_seconds=8, retry_seconds=1), "a", 4.0)

    assert (reply.status, reply.kept_seconds, reply.retry_seconds) == (503, 8, 1)
    assert json.loads(reply.body)["error"]["message"] == "later"
    assert reply.token_life == 4.0

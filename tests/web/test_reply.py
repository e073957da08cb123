"""Tests of replies in one piece."""

import pytest

from proxy.web.reply import WholeReply, json_reply, redirect, refusal


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"404 Not Found\n"), (520, b"520 Error\n")]
)
def test_the_body_of_a_refusal_is_fixed(status: int, body: bytes) -> None:
    """It contains nothing of the request; CDNs use unregistered statuses."""
    reply = refusal(status, "reason", ("Retry-After", "1"))

    assert reply.body == body
    assert "reason" not in str(reply.headers)
    assert ("Retry-After", "1") in reply.headers


def test_a_refusal_is_not_cached() -> None:
    """A cache may keep a 404 by default."""
    assert ("Cache-Control", "no-store") in refusal(404, "x").headers


def test_a_repr_shows_neither_target_nor_body() -> None:
    """A player's query may contain a token; the home page contains the access key."""
    reply = WholeReply(302, (("Location", "index.m3u8?token=canary"),), body=b"canary")
    assert "canary" not in repr(reply)


def test_a_redirect_to_media_is_neither_cached_nor_passed_on() -> None:
    """The URL contains a token."""
    reply = redirect("https://cdn.example/s1.ts?token=CANARY")
    assert (reply.status, reply.body) == (302, b"")
    assert dict(reply.headers) == {
        "Location": "https://cdn.example/s1.ts?token=CANARY",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    assert "CANARY" not in repr(reply)


def test_a_json_document_is_not_cached() -> None:
    """Steering and advertisements differ from one player to the next."""
    reply = json_reply(b"{}")
    assert ("Cache-Control", "no-store") in reply.headers
    assert ("Content-Type", "application/json") in reply.headers
    assert (reply.status, reply.body) == (200, b"{}")

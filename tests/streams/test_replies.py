"""Tests of what passes between web and streams."""

from proxy.streams.replies import PlayerAsk


def test_s5_what_a_player_sent_does_not_show_in_a_repr() -> None:
    """A pasted query or header may hold a token, the base URL the access key."""
    ask = PlayerAsk(
        "GET", "t=canary", {"Authorization": "canary"}, "http://localhost/canary"
    )

    assert "canary" not in repr(ask)

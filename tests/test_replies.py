"""Tests of what passes between web and streams."""

from proxy.replies import PlayerAsk


def test_s5_a_repr_does_not_show_what_a_player_sent() -> None:
    """A pasted query or header may contain a token, the base URL the access key."""
    ask = PlayerAsk(
        "GET", "t=canary", {"Authorization": "canary"}, "http://localhost/canary"
    )

    assert "canary" not in repr(ask)

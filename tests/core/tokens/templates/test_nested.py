"""Holes are found and filled in texts however deep."""

from pydantic import JsonValue

from proxy.core.tokens.templates import nested

CLAIMS: JsonValue = {
    "sub": "{playback_id}",
    "n": 3,
    "rules": [{"type": "ip {kind}"}, True, None, "{sub}"],
}


def test_holes_are_found_at_every_depth() -> None:
    """Lists and tables are looked into; keys and numbers hold nothing."""
    assert nested.holes(CLAIMS) == {"playback_id", "kind", "sub"}


def test_texts_are_filled_and_all_else_stays() -> None:
    """What is not known stays open, types stay what they were."""
    assert nested.fill(CLAIMS, {"playback_id": "a{sub}", "kind": "src"}) == {
        "sub": "a{sub}",
        "n": 3,
        "rules": [{"type": "ip src"}, True, None, "{sub}"],
    }

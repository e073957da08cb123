"""Placeholders are found and filled at any depth."""

from pydantic import JsonValue

from proxy.core.tokens.templates import nested

CLAIMS: JsonValue = {
    "sub": "{playback_id}",
    "n": 3,
    "rules": [{"type": "ip {kind}"}, True, None, "{sub}"],
}


def test_holes_are_found_at_every_depth() -> None:
    """In lists and tables, but not in keys and numbers."""
    assert nested.holes(CLAIMS) == {"playback_id", "kind", "sub"}


def test_only_texts_are_filled() -> None:
    """Unknown ones stay, and types stay."""
    assert nested.fill(CLAIMS, {"playback_id": "a{sub}", "kind": "src"}) == {
        "sub": "a{sub}",
        "n": 3,
        "rules": [{"type": "ip src"}, True, None, "{sub}"],
    }

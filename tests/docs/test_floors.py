"""The floors of the house in the documentation."""

import re
import tomllib

import pytest

from tests.docs.pages import ROOT, blocks, page, quoted, table

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
    "importlinter"
]["contracts"]


def test_the_floors_are_those_of_the_contract() -> None:
    """From top to bottom, each with its modules."""
    (contract,) = (c for c in CONTRACTS if c.get("containers") == ["proxy"])
    floors = [re.split(r" [:|] ", layer) for layer in contract["layers"]]
    text = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
    rows = table(text, "floor")
    assert [quoted(row[1]) for row in rows] == floors
    assert [int(row[0]) for row in rows] == list(reversed(range(len(floors))))


@pytest.mark.parametrize(
    "room",
    [
        *("web", "streams", "fetch", "upstream", "localise", "tokens"),
        *("app", "core", "settings", "metrics", "log"),
    ],
)
def test_every_room_in_the_drawing_exists(room: str) -> None:
    """It is a folder or a module of the program."""
    (drawing,) = (text for text in blocks(page("architecture")) if "┌" in text)
    assert re.search(rf"\b{room}\b", drawing)
    path = ROOT / "proxy" / room
    assert path.exists() or path.with_suffix(".py").exists()

"""The documentation, for tests."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = (README, *sorted(ROOT.glob("docs/*.md")))
"""What users read."""
DOCUMENTS = (*PAGES, ROOT / "CHANGELOG.md", *sorted(ROOT.glob(".github/*.md")))
"""All prose of the repository."""


def page(name: str) -> str:
    """Return a page of `docs/`."""
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")


def name_of(path: Path) -> str:
    """Return the id of a test of a document."""
    return path.relative_to(ROOT).as_posix()


def table(text: str, heading: str) -> list[list[str]]:
    """Return the cells of all tables of a text whose first heading is this."""
    found = []
    for part in text.split(f"\n| {heading} |")[1:]:
        _, _, *rows = part.partition("\n\n")[0].splitlines()
        assert rows
        cells = (re.split(r"(?<!\\)\|", row)[1:-1] for row in rows)
        found += [[cell.strip() for cell in row] for row in cells]
    assert found
    return found


def blocks(text: str, language: str = r"\w*") -> list[str]:
    """Return the fenced blocks of a language, by default of all."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def quoted(text: str) -> list[str]:
    """Return the texts in single backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def code(text: str) -> str:
    """Return the fenced blocks and the texts in backticks, one per line."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks(text), *quoted(prose)])

"""The documentation, as the tests read it."""

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
    """Return what a test of a document is called."""
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
    """Return what stands in single backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def code(text: str) -> str:
    """Return the fenced blocks and what stands in backticks, a line each."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks(text), *quoted(prose)])

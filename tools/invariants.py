"""Lists in `docs/invariants.md` which tests check each invariant.

A test cites a rule in its name, `test_r2_…` or `test_i1_i2_…`, or by its number in its
docstring, `(S3)`. A number in a module's docstring counts for the whole module.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "invariants.md"
HELD = "Held by: "

_NUMBER = r"[CILPRST]\d{1,2}"
_NAMED = re.compile(rf"test_((?:{_NUMBER}_)+)", re.IGNORECASE)
_MENTIONED = re.compile(rf"\b{_NUMBER}\b")
_RULE = re.compile(rf"^### ({_NUMBER})\. .*$", re.MULTILINE)
_LIST = re.compile(rf"^{HELD}.*\n", re.MULTILINE)


def rules(page: str) -> list[str]:
    """Return the numbers of the rules in the page, in page order."""
    return _RULE.findall(page)


def citations() -> dict[str, list[str]]:
    """Return, for each cited number, the tests that cite it."""
    found = defaultdict(list)
    paths = (ROOT / "tests").rglob("test_*.py")
    ours = (path for path in paths if "node_modules" not in path.parts)
    for path in sorted(ours, key=lambda path: (_name(path), path)):
        for number, test in _cited(path):
            found[number].append(test)
    return found


def with_tests(page: str) -> str:
    """Return the page with its lists of tests brought up to date."""
    cited = citations()
    first, *parts = re.split(r"(?=^### )", page, flags=re.MULTILINE)
    return first + "".join(_part(part, cited) for part in parts)


def _part(part: str, cited: Mapping[str, list[str]]) -> str:
    found = _RULE.match(part)
    tests = cited.get(found[1], []) if found else []
    listed = ", ".join(f"`{test}`" for test in tests)
    return _LIST.sub(f"{HELD}{listed}.\n", part)


def _name(path: Path) -> str:
    """Return the module's name, with that of its folder if it is a part of a module."""
    part = path.parent.name.startswith("test_")
    return f"{path.parent.name}/{path.name}" if part else path.name


def _cited(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the numbers that a module cites, each with the name of the test."""
    tree = ast.parse(path.read_text("utf-8"))
    for number in _MENTIONED.findall(ast.get_docstring(tree) or ""):
        yield number, _name(path)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            named = _NAMED.match(node.name)
            numbers = named[1].upper().strip("_").split("_") if named else []
            numbers += _MENTIONED.findall(ast.get_docstring(node) or "")
            for number in dict.fromkeys(numbers):
                yield number, f"{_name(path)}::{node.name}"

"""Providers and profiles in the documentation."""

import re
import tomllib

import pytest

from proxy.settings import providers
from tests.docs.pages import README, ROOT, page, quoted, table

README_ROWS = [(row[1], row[2]) for row in table(README.read_text("utf-8"), "platform")]
PAGE_ROWS = [(row[0], row[-1]) for row in table(page("providers"), "`provider`")]


@pytest.mark.parametrize("rows", [README_ROWS, PAGE_ROWS], ids=["README", "page"])
def test_the_providers_are_listed(rows: list[tuple[str, str]]) -> None:
    """All of them once, and no others."""
    listed = [name for names, _ in rows for name in quoted(names)]
    assert sorted(listed) == sorted(providers.known())


@pytest.mark.parametrize("rows", [README_ROWS, PAGE_ROWS], ids=["README", "page"])
def test_every_provider_is_listed_with_a_profile(
    rows: list[tuple[str, str]],
) -> None:
    """One that uses it."""
    for names, profiles in rows:
        shown = set()
        for path in re.findall(r"\((?:\.\./)?(config/.+?)\)", profiles):
            text = (ROOT / path).read_text("utf-8")
            streams = tomllib.loads(text)["streams"].values()
            shown |= {stream.get("provider", providers.GENERIC) for stream in streams}
        assert set(quoted(names)) <= shown


def test_the_profiles_are_listed() -> None:
    """All of them, and no others."""
    named = set(re.findall(r"\(\.\./(config/[\w-]+\.toml)\)", page("providers")))
    assert named == {f"config/{path.name}" for path in ROOT.glob("config/*.toml")}


def test_the_example_of_a_provider_matches_the_files() -> None:
    """Its first line names the file."""
    block = r"^ *```\w+\n *# (\S+/\S+)\n(.*?)^ *```"
    blocks = re.findall(block, page("providers"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    for path, shown in blocks:
        # It is part of a list, so it is indented by three blanks.
        lines = re.sub(r"^ {3}", "", shown, flags=re.MULTILINE)
        assert lines in (ROOT / path).read_text("utf-8"), path

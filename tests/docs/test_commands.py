"""Commands, targets of make and exit codes in the documentation."""

import re
from pathlib import Path

import click
import pytest

from proxy import cli
from proxy.cli import exit_status
from proxy.core.http.paths import Page
from tests.docs.pages import DOCUMENTS, PAGES, ROOT, code, name_of, page, quoted, table


def shown_in(path: Path) -> list[tuple[str, str]]:
    """Return the commands in a document, with their arguments."""
    text = code(path.read_text("utf-8"))
    return re.findall(r"(?<![/\w])hls-auth-proxy ([a-z][a-z-]*)(.*)", text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_shown_exists(document: Path) -> None:
    """With its options."""
    for name, rest in shown_in(document):
        command = cli.main.commands[name]
        options = {
            option
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for option in parameter.opts
        }
        assert set(re.findall(r"--[a-z][a-z-]*", rest)) <= options


def test_every_command_is_shown() -> None:
    """Somewhere in the pages, unless only the program itself uses it."""
    shown = {name for path in PAGES for name, _ in shown_in(path)}
    commands = cli.main.commands.items()
    assert shown == {name for name, command in commands if not command.hidden}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_make_target_exists(document: Path) -> None:
    """`make X` is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.findall(r"\bmake ([a-z-]+)\b", code(document.read_text("utf-8")))
    assert set(named) <= targets


def test_the_exit_codes_are_those_of_the_program() -> None:
    """All of them; 0 is the usual success."""
    shown = {int(row[0]) for row in table(page("troubleshooting"), "exit code")}
    codes = {
        value for name, value in vars(exit_status).items() if name.startswith("EXIT_")
    }
    assert shown == codes | {0}


def test_the_programs_own_paths_are_documented() -> None:
    """All of them, with the probes."""
    assert set(Page) <= set(quoted(page("metrics")))
    assert set(Page) <= set(quoted(page("deployment")))

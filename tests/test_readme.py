"""What the documentation names is there, and nothing that is there is left out."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from prometheus_client.parser import text_string_to_metric_families

from proxy import errors
from proxy.cli import main
from proxy.core.http.paths import Page
from proxy.metrics import Metrics
from proxy.settings import Settings, load, providers
from proxy.streams.replies import StreamStatus
from proxy.web.failures import reply_to

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [
    path.relative_to(ROOT)
    for path in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob(".github/*.md")))
]
STREAMS = [
    block
    for block in re.findall(r"^```toml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    if "[streams." in block
]
FAILURES = [
    errors.NameUnknownError(),
    errors.TokenUnavailableError("", retry_after=1.0),
    errors.CrowdedError("", retry_after=1.0),
    errors.RefusedError("", status=401),
    errors.RefusedError("", status=403),
    errors.SignatureRefusedError("", status=403),
    errors.NotReadyError("", status=404),
    errors.UnreachableError(""),
    errors.UnreachableError("", timed_out=True),
    errors.AddressRefusedError(),
    errors.RedirectRefusedError(),
    errors.BadAnswerError(),
    errors.ImposterError("", empty=False, exposed=False),
    errors.TruncatedError(),
    errors.StatusError("", status=404),
    errors.StatusError("", status=418),
]


def table(heading: str) -> list[list[str]]:
    """Return the cells of the README's tables that have this first heading."""
    found = []
    for part in README.split(f"\n| {heading} |")[1:]:
        _, _, *rows = part.partition("\n\n")[0].splitlines()
        assert rows
        cells = (re.split(r"(?<!\\)\|", row)[1:-1] for row in rows)
        found += [[cell.strip() for cell in row] for row in cells]
    assert found
    return found


def quoted(text: str) -> list[str]:
    """Return what stands in single backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def code(text: str) -> str:
    """Return the fenced blocks and what stands in backticks, a line each."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks, *quoted(prose)])


def secret_files(value: object) -> Iterator[str]:
    """Yield the files with secrets that a configuration names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith("_file") or key == "path":
                yield inner
            else:
                yield from secret_files(inner)


def metrics() -> dict[str, set[str]]:
    """Return the labels of each metric, after one event of each kind."""
    numbers = Metrics("0")
    numbers.watch(
        lambda: [
            StreamStatus(
                "s", token_seconds_left=1.0, token_usable=True, renditions=1, names=2
            )
        ]
    )
    numbers.refreshed("s", "refreshed")
    numbers.clock_jumped()
    numbers.skewed("s", 1.0)
    numbers.asked_upstream("s", "entry", "2xx", 1.0, hedged=True)
    numbers.answered("s", 200, 1, 1.0)
    numbers.cut("s", "player")
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(numbers.render().decode()):
        counted = "_total" if family.type == "counter" else ""
        for sample in family.samples:
            # Those of the process have the names that all programs give them.
            if not sample.name.startswith("process_"):
                found = labels.setdefault(family.name + counted, set())
                found |= sample.labels.keys() - {"le"}
    return labels


def test_the_metrics_are_told_with_their_labels() -> None:
    """All of them, and none that is not there."""
    told = {quoted(row[0])[0]: set(quoted(row[1])) for row in table("metric")}
    assert told == metrics()


def test_an_alert_names_metrics_and_labels_that_exist() -> None:
    """In its expression."""
    known = metrics()
    for row in table("expression"):
        name, labels = re.findall(r"(hls_auth_proxy_\w+)(?:\{(.*?)\})?", row[0])[0]
        assert set(re.findall(r"(\w+)(?:=~|!=|=)", labels)) <= known[name]


@pytest.mark.parametrize("block", STREAMS)
def test_a_configuration_of_the_readme_loads(block: str, tmp_path: Path) -> None:
    """Once the key that it names lies beside it."""
    path = tmp_path / "config.toml"
    path.write_text(block)
    for name in secret_files(tomllib.loads(block)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text("0123456789abcdef0123456789abcdef")
    assert isinstance(load(path, environ={}), Settings)


def test_the_readme_shows_configurations() -> None:
    """Otherwise the test above tests nothing."""
    assert len(STREAMS) >= 2


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_file_that_is_named_exists(document: Path) -> None:
    """As the target of a link, or by its path from the root. NAME is any."""
    text = (ROOT / document).read_text("utf-8")
    folders = r"config|proxy|requirements|tests|tools|\.github|\.ci"
    named = re.findall(rf"(?<![\w/.:~-])((?:{folders})/[\w./-]*\w)", text)
    for path in named:
        assert list(ROOT.glob(path.replace("NAME", "*"))), path
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (ROOT / document.parent / target).exists(), target


def test_an_example_of_contributing_is_what_stands_in_the_file() -> None:
    """Its first line names the file; it rots with nobody noticing otherwise."""
    text = (ROOT / ".github/CONTRIBUTING.md").read_text("utf-8")
    block = r"^ *```\w+\n *# (\S+/\S+)\n(.*?)^ *```"
    blocks = re.findall(block, text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 4
    for path, shown in blocks:
        # It is part of a list, hence set in by three blanks.
        lines = re.sub(r"^ {3}", "", shown, flags=re.MULTILINE)
        assert lines in (ROOT / path).read_text("utf-8"), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_target_of_make_that_is_named_exists(document: Path) -> None:
    """`make X` stands in the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    text = code((ROOT / document).read_text("utf-8"))
    named = re.findall(r"\bmake ([a-z-]+)\b", text)
    assert set(named) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_command_that_is_named_exists(document: Path) -> None:
    """With the options that it is shown with."""
    shown = re.findall(
        r"hls-auth-proxy ([a-z][a-z-]*)(.*)",
        code((ROOT / document).read_text("utf-8")),
    )
    for name, rest in shown:
        command = main.commands[name]
        options = {
            option
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for option in parameter.opts
        }
        assert set(re.findall(r"--[a-z][a-z-]*", rest)) <= options


def test_the_commands_are_told() -> None:
    """All of them."""
    shown = set(re.findall(r"hls-auth-proxy ([a-z][a-z-]*)", code(README)))
    assert shown == set(main.commands)


def test_the_profiles_are_told() -> None:
    """All of them, and none that is not there."""
    rows = [*table("profile"), *table("`provider`")]
    told = {path for row in rows for path in re.findall(r"\((config/.+?)\)", str(row))}
    assert told == {f"config/{path.name}" for path in ROOT.glob("config/*.toml")}


def test_the_providers_are_told() -> None:
    """All of them, and none that is not there."""
    told = [name for row in table("`provider`") for name in quoted(row[0])]
    assert sorted(told) == sorted(providers.known())


def test_a_provider_is_told_with_a_profile_of_its_own() -> None:
    """One that it is the provider of."""
    for row in table("`provider`"):
        (path,) = re.findall(r"\((config/.+?)\)", row[-1])
        streams = tomllib.loads((ROOT / path).read_text("utf-8"))["streams"].values()
        shown = {stream.get("provider", providers.GENERIC) for stream in streams}
        assert set(quoted(row[0])) <= shown


def test_a_setting_that_is_named_exists() -> None:
    """`server.listen` is a key of the table `server`."""
    tables: dict[str, Any] = {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if name != "streams"
    }
    named = re.findall(rf"\b({'|'.join(tables)})\.([a-z_]+)", code(README))
    assert named
    for name, key in named:
        assert key in tables[name].model_fields


def test_the_pages_of_the_program_are_told() -> None:
    """All of them."""
    assert set(Page) <= set(quoted(README))


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_failure_looks_to_players_as_the_readme_says(
    error: errors.HlsAuthProxyError,
) -> None:
    """Its status and its Proxy-Status stand in one row."""
    reply = reply_to(error)
    cause = dict(reply.headers).get("Proxy-Status")
    rows = [
        row[1] for row in table("status") if row[0] in (str(reply.status), "any other")
    ]
    if cause is None:
        assert "none" in rows
    else:
        assert any(
            text.removesuffix("…") in cause for row in rows for text in quoted(row)
        )

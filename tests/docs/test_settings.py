"""Settings, environment variables and configurations in the documentation."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from proxy.settings import Settings, load, schema
from proxy.settings.sources.token import SOURCES
from tests.docs.pages import (
    DOCUMENTS,
    PAGES,
    blocks,
    code,
    name_of,
    page,
    quoted,
    table,
)
from tools import settings_page

SECTIONS = ("server", "log", "store", "limits")
KEYS = {
    key for model in schema()["$defs"].values() for key in model.get("properties", ())
}
CONFIGURATIONS = [
    (name_of(path), block)
    for path in PAGES
    for block in blocks(path.read_text("utf-8"), "toml")
    if "[streams." in block
]


def secret_files(value: object) -> Iterator[str]:
    """Yield the secret files that a configuration names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith("_file") or key == "path":
                yield inner
            else:
                yield from secret_files(inner)


def test_the_page_of_settings_is_up_to_date() -> None:
    """`make pages` writes it."""
    assert page("settings") == settings_page.text()


def test_every_table_of_the_reference_is_on_the_page() -> None:
    """All of them, and each has settings."""
    found = settings_page.sections(settings_page.REFERENCE.read_text("utf-8"))
    groups = {section.name: section.groups for section in found}
    assert groups.keys() == settings_page.SECTIONS.keys()
    assert all(groups.values())


@pytest.mark.parametrize(("document", "block"), CONFIGURATIONS)
def test_every_configuration_loads(document: str, block: str, tmp_path: Path) -> None:
    """With the keys that it names beside it."""
    del document
    path = tmp_path / "config.toml"
    path.write_text(block)
    for name in secret_files(tomllib.loads(block)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text("0123456789abcdef0123456789abcdef")
    assert isinstance(load(path, environ={}), Settings)


def test_configurations_are_found() -> None:
    """In the README and on the page of kiosks, so the test above is not empty."""
    assert {name for name, _ in CONFIGURATIONS} >= {"README.md", "docs/kiosk.md"}


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_every_setting_named_exists(document: Path) -> None:
    """`server.listen` is a key of `server`, and `warm = …` sets a key of some table."""
    text = code(document.read_text("utf-8"))
    for name, key in re.findall(rf"\b({'|'.join(SECTIONS)})\.([a-z_]+)\b", text):
        model = Settings.model_fields[name].annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        assert key in model.model_fields, f"{name}.{key}"
    set_to = re.findall(r"^([a-z_]+) = ", text, re.MULTILINE)
    assert set(set_to) <= KEYS


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_variable_named_overrides_a_setting(document: Path) -> None:
    """For the tables of the program."""
    text = document.read_text("utf-8")
    for name in re.findall(r"HLS_AUTH_PROXY_([A-Z_]+[A-Z])", text):
        table_name, _, key = name.lower().partition("__")
        if table_name in SECTIONS:
            model = Settings.model_fields[table_name].annotation
            assert isinstance(model, type)
            assert issubclass(model, BaseModel)
            assert key in model.model_fields, name
        else:
            assert table_name in {"config", "streams"}, name


def test_the_sources_are_listed() -> None:
    """All of them, once."""
    listed = [
        name for row in table(page("providers"), "`source`") for name in quoted(row[0])
    ]
    assert sorted(listed) == sorted(SOURCES)


def test_the_placements_are_listed() -> None:
    """All of them."""
    places = schema()["$defs"]["PlacementSettings"]["properties"].keys()
    beside = {"at", "raw", "exclusive", "value"}
    assert places - beside <= set(quoted(page("providers")))

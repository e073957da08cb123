"""Every profile loads, and the reference profile has the models' defaults."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from proxy.settings import (
    CommandToken,
    EnvToken,
    FileToken,
    HttpToken,
    LimitSettings,
    LogSettings,
    OAuth2Token,
    PlacementSettings,
    ServerSettings,
    Settings,
    SignHash,
    SignJwt,
    StaticToken,
    StoreSettings,
    StreamSettings,
    load,
)
from proxy.settings.providers import completed
from proxy.settings.stream.volatile import VolatileSettings
from proxy.settings.values.surroundings import ValueContext

CONFIG = Path(__file__).parents[2] / "config"
PROFILES = sorted(CONFIG.glob("*.toml"))
SECRET = "0123456789abcdef0123456789abcdef"

REFERENCE = (CONFIG / "reference.toml").read_text("utf-8")
LIVE = tomllib.loads(REFERENCE)
# `#key = …` is a setting that is absent by default, `# Text` is prose.
FULL = tomllib.loads(re.sub(r"^#(?=\S)", "", REFERENCE, flags=re.MULTILINE))
SECTIONS: dict[str, type[BaseModel]] = {
    "server": ServerSettings,
    "log": LogSettings,
    "store": StoreSettings,
    "limits": LimitSettings,
}
SOURCES: dict[str, tuple[type[BaseModel], dict[str, Any]]] = {
    "static": (StaticToken, {"value": SECRET}),
    "env": (EnvToken, {"variable": "KEY"}),
    "file": (FileToken, {"path": "stream.token"}),
    "command": (CommandToken, {"command": ["get-token", "--stream=1"]}),
    "http": (HttpToken, {"url": "https://id.example.com/token"}),
    "oauth2": (
        OAuth2Token,
        {
            "token_url": "https://id.example.com/token",
            "client_id": "lobby",
            "client_secret": SECRET,
        },
    ),
    "signed": (SignJwt, {"key_env": "KEY"}),
    "hashed": (
        SignHash,
        {
            "key_env": "KEY",
            "algorithm": "hmac-sha256",
            "message": "{path}{expires}",
        },
    ),
}


def named(table: Any, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Yield all strings of a configuration with their keys."""
    if isinstance(table, dict):
        for name, value in table.items():
            yield from named(value, name)
    elif isinstance(table, list):
        for value in table:
            yield from named(value, key)
    elif isinstance(table, str):
        yield key, table


def keys_with_default(model: type[BaseModel]) -> set[str]:
    """Return the keys that are present by default."""
    return {
        name
        for name, field in model.model_fields.items()
        if not field.is_required()
        and field.get_default(call_default_factory=True) is not None
    }


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.name)
def test_a_profile_loads(profile: Path, tmp_path: Path) -> None:
    """With the files and variables that it names."""
    path = tmp_path / profile.name
    path.write_bytes(profile.read_bytes())
    environ = {}
    for key, text in named(tomllib.loads(profile.read_text("utf-8"))):
        if key.endswith("_file") or key == "path":
            (tmp_path / text).touch(mode=0o600)
            (tmp_path / text).write_text(SECRET)
        if key.endswith("_env") or key == "variable":
            environ[text] = SECRET
    assert isinstance(load(path, environ=environ), Settings)


def test_there_is_a_profile_for_each_platform() -> None:
    """In addition to those for origins and screens in general."""
    names = {profile.stem for profile in PROFILES}
    assert names >= {"reference", "fastpix", "cloudflare-stream", "bearer", "kiosk"}


@pytest.mark.parametrize("name", ["kiosk", "kiosk-key"])
def test_a_kiosk_keeps_its_tokens_warm(name: str) -> None:
    """A screen that is switched on in the morning shows its picture at once."""
    kiosk = tomllib.loads((CONFIG / f"{name}.toml").read_text("utf-8"))
    assert {stream["warm"] for stream in kiosk["streams"].values()} == {"always"}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.name)
def test_a_profile_says_what_it_is_for(profile: Path) -> None:
    """In its first lines."""
    assert profile.read_text("utf-8").startswith("# ")


def test_the_reference_has_the_programs_tables() -> None:
    """All of them, nothing else, and one stream as an example."""
    assert set(FULL) == set(LIVE) == set(Settings.model_fields)
    assert set(LIVE["streams"]) == {"example"}


@pytest.mark.parametrize("section", SECTIONS)
def test_each_table_of_the_reference_has_the_defaults(section: str) -> None:
    """Every key with its default, and nothing else."""
    model = SECTIONS[section]
    assert model.model_validate(LIVE[section]) == model()
    assert set(LIVE[section]) == keys_with_default(model)
    assert set(FULL[section]) == set(model.model_fields)


def test_the_stream_of_the_reference_has_the_defaults() -> None:
    """All except its URL, which has none."""
    example = LIVE["streams"]["example"]
    plain = StreamSettings(url=example["url"])
    assert StreamSettings.model_validate(completed(example)) == plain
    assert set(example) == keys_with_default(StreamSettings)
    assert set(StreamSettings.model_fields) - set(example) == {"token"}
    assert set(example["volatile"]) == set(VolatileSettings.model_fields)


def test_the_placement_of_the_reference_has_all_forms() -> None:
    """One of them is active; the text is the default."""
    (placement,) = FULL["streams"]["places"]["placement"]
    assert set(placement) == set(PlacementSettings.model_fields)
    assert placement["value"] == PlacementSettings(query="x").value


@pytest.mark.parametrize("stream", SOURCES)
def test_each_token_of_the_reference_has_all_keys(stream: str) -> None:
    """With the defaults of a generic stream."""
    model, needed = SOURCES[stream]
    shown = FULL["streams"][stream]["token"]
    least = {"source": shown["source"], **needed}
    defaults = {key: shown[key] for key in keys_with_default(model)}
    generic = completed({"token": least})
    assert isinstance(generic, dict)
    around = ValueContext(Path(), {"KEY": SECRET})
    assert set(shown) == set(model.model_fields)
    assert model.model_validate(least | defaults, context=around) == (
        model.model_validate(generic["token"], context=around)
    )

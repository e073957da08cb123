"""Generates `docs/settings.md` from the models and `config/reference.toml`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

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
    SignHash,
    SignJwt,
    StaticToken,
    StoreSettings,
    StreamSettings,
    StreamStoreSettings,
)
from proxy.settings import schema as schema_of_all
from proxy.settings.stream.volatile import VolatileSettings

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "settings.md"
REFERENCE = ROOT / "config" / "reference.toml"
TEMPLATE = ROOT / "tools" / "settings_head.md"

SECTIONS: Mapping[str, tuple[str, type[BaseModel]]] = {
    "server": ("[server]", ServerSettings),
    "log": ("[log]", LogSettings),
    "store": ("[store]", StoreSettings),
    "limits": ("[limits]", LimitSettings),
    "streams.example": ("[streams.NAME]", StreamSettings),
    "streams.example.store": ("[streams.NAME.store]", StreamStoreSettings),
    "streams.example.volatile": ("[streams.NAME.volatile]", VolatileSettings),
    "streams.places.placement": ("[[streams.NAME.placement]]", PlacementSettings),
    "streams.static.token": ("[streams.NAME.token] static", StaticToken),
    "streams.env.token": ("[streams.NAME.token] env", EnvToken),
    "streams.file.token": ("[streams.NAME.token] file", FileToken),
    "streams.command.token": ("[streams.NAME.token] command", CommandToken),
    "streams.http.token": ("[streams.NAME.token] http", HttpToken),
    "streams.oauth2.token": ("[streams.NAME.token] oauth2", OAuth2Token),
    "streams.signed.token": ("[streams.NAME.token] sign-jwt", SignJwt),
    "streams.hashed.token": ("[streams.NAME.token] sign-hash", SignHash),
}
"""The tables of the reference, each with its heading on the page and its model."""

_HEADER = re.compile(r"#?\[+([\w.-]+)\]+")
_SETTING = re.compile(r"#?([a-z_0-9]+) = (.*)")
_PROSE = re.compile(r"#(?: (.*))?")
_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
    "string": "a string",
}


@dataclass(slots=True)
class Group:
    """Settings that share one description."""

    prose: list[str]
    settings: list[tuple[str, str]] = field(default_factory=list)
    """Their keys, and the values that the reference shows after the `=`."""


@dataclass(slots=True)
class Section:
    """One table of the reference."""

    name: str
    intro: list[str]
    groups: list[Group] = field(default_factory=list)


def sections(reference: str) -> Iterator[Section]:
    """Yield the tables of the reference, with the comments that belong to them."""
    section, prose = Section("", []), list[str]()
    for line in reference.splitlines():
        if found := _HEADER.fullmatch(line):
            section = Section(found[1], prose)
            yield section
            prose = []
        elif found := _SETTING.fullmatch(line):
            if prose or not section.groups:
                section.groups.append(Group(prose))
                prose = []
            section.groups[-1].settings.append((found[1], found[2]))
        elif found := _PROSE.fullmatch(line):
            prose.append(found[1] or "")
        elif not section.name:
            prose = []  # a comment about the whole file


def text() -> str:
    """Return the page."""
    parts = [TEMPLATE.read_text("utf-8")]
    found = list(sections(REFERENCE.read_text("utf-8")))
    for section in found:
        heading, model = SECTIONS[section.name]
        parts.append(f"## {heading}\n\n{_paragraph(section.intro)}")
        parts += (_group(group, model, section.name) for group in section.groups)
    return "\n".join(parts)


def _group(group: Group, model: type[BaseModel], section: str) -> str:
    keys = ", ".join(f"`{key}`" for key, _ in group.settings)
    lines = [f"### {keys}\n\n{_paragraph(group.prose)}"]
    schema = schema_of_all()["$defs"][model.__name__]["properties"]
    for key, shown in group.settings:
        kind = _kind(key, schema[key])
        default = _default(model.model_fields[key], key, shown)
        name = f"`{key}`: " if len(group.settings) > 1 else ""
        lines.append(f"* {name}{kind}; {default}")
    if section in {"server", "log", "store", "limits"}:
        (key, _), *_ = group.settings
        lines.append(f"* environment: `{_variable(section, key)}`")
    return "\n".join(lines) + "\n"


def _variable(section: str, key: str) -> str:
    return f"HLS_AUTH_PROXY_{section}__{key}".upper()


def _paragraph(prose: list[str]) -> str:
    """Return comments as Markdown; indented text and lists become a text block."""
    lines = "\n".join(prose).strip()
    if any(line.startswith("  ") for line in prose):
        listed = (line if line.startswith("  ") else f"  {line}" for line in prose)
        return "\n".join(["```text", *(line[2:] for line in listed), "```", ""])
    return f"{lines}\n" if lines else ""


def _kind(key: str, schema: Mapping[str, Any]) -> str:
    """Return the allowed values, in words."""
    if key.endswith("_env") or key == "variable":
        return "the name of an environment variable"
    found = list(dict.fromkeys(_alternatives(schema)))
    return " or ".join(found)


def _alternatives(schema: Mapping[str, Any]) -> Iterator[str]:
    if "anyOf" in schema or "oneOf" in schema:
        options = schema.get("anyOf") or schema["oneOf"]
        kinds = [kind for option in options for kind in _alternatives(option)]
        # A length of time is a number or a string; readers need only see it once.
        timed = "a length of time" in kinds
        yield from (kind for kind in kinds if not (timed and kind == "a number"))
    elif schema.get("type") == "null":
        return
    elif "enum" in schema:
        yield " or ".join(f'`"{value}"`' for value in schema["enum"])
    elif "const" in schema:
        value = schema["const"]
        yield "`true`" if value is True else f'`"{value}"`'
    elif "[smhd]" in schema.get("pattern", ""):
        yield "a length of time"
    elif schema.get("format") == "path":
        yield "a path"
    elif schema.get("format") == "password":
        yield "a secret"
    elif isinstance(schema.get("type"), list):
        yield from (_TYPES[kind] for kind in schema["type"])
    elif "type" in schema:
        yield _TYPES[schema["type"]]
    else:
        yield "a table"


def _default(info: FieldInfo, key: str, shown: str) -> str:
    if key == "source":
        return "required"
    if info.is_required():
        return f"required, for example `{shown}`"
    if info.get_default(call_default_factory=True) is None or key == "url":
        return f"absent by default; example `{shown}`"
    return f"default `{shown}`"

"""The inputs that each search starts from: the contract's cases, cut to the target."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_CASES = Path(__file__).parent.parent / "contract" / "hls-cases.jsonl"


def seeds(target: str) -> list[bytes]:
    """Return inputs for the target of this name, without duplicates."""
    lines = _CASES.read_text("utf-8").split("\n")
    cases = [json.loads(line) for line in lines if line]
    return list(dict.fromkeys(seed for case in cases for seed in _of(target, case)))


def _of(target: str, case: dict[str, Any]) -> Iterator[bytes]:
    body = case["in"].encode("latin-1" if case.get("latin1") else "utf-8")
    match target, "kind" in case:
        case ("documents", True) | ("rewriting", False):
            yield body
        case ("resolving", False):
            base = case["base"].encode()
            for line in body.splitlines():
                yield base + b"\n" + line
        case ("attributes", False):
            yield from (line for line in body.splitlines() if b"=" in line)

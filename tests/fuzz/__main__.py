"""Runs one search: `python -m tests.fuzz TARGET [options of libFuzzer]`."""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["proxy"]):
    from tests.fuzz.seeds import seeds
    from tests.fuzz.targets import TARGETS

BUILD = Path("build") / "fuzz"


def main(target: str, options: list[str]) -> None:
    """Search until stopped, from the seeds and from what an earlier search kept."""
    corpus = BUILD / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (corpus / f"seed-{number}").write_bytes(seed)
    kept = f"-artifact_prefix={BUILD}/{target}-"
    atheris.Setup([sys.argv[0], kept, *options, str(corpus)], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

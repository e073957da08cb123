"""Rules of the repository: tests beside modules, locks, image, and no traces."""

import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# Modules of plain values, without decisions.
WITHOUT_TEST = {
    "app/commons.py",
    "core/kind.py",
    "core/tokens/token.py",
    "events/playlist_warning.py",
    "events/reload.py",
    "events/exposed_secret.py",
    "events/stream_change.py",
    "events/visit.py",
    "localise/shelf.py",
    "metrics/series.py",
    "tokens/keepers/keeper_parts.py",
    "web/configuration.py",
    "localise/draft.py",
    "sharing/fill_orders.py",
    "streams/status.py",
    "streams/passing.py",
    "upstream/answer.py",
}
# Packages with tests of the whole: `tests/test_cli.py`, or a folder `test_cli`.
AS_A_WHOLE = {"cli", "errors"}
# Tests that belong to no single module.
WITHOUT_MODULE = {
    "benchmarks",
    "config",
    "contract",
    "docs",
    "end_to_end",
    "faults",
    "players",
    "providers",
    "test_fuzz.py",
    "test_soak.py",
    "test_house.py",
    "test_lines.py",
}

# Longer tests are several modules in a folder.
MOST_LINES = 300
MOST_FUNCTION_LINES = 40

# Lower versions have known vulnerabilities; the advisories are public.
FLOORS = {
    "aiohttp": "3.14.4",  # CVE-2026-111748, -111750, -128131; slow readers
    "cryptography": "50.0.0",  # CVE-2026-69247
    "multidict": "6.9.1",  # goes with aiohttp's floor
    "pyjwt": "2.15.0",  # CVE-2026-102275; 2.14.0: CVE-2026-102268
    "yarl": "1.25.1",  # aiohttp requires it
}


def tracked() -> Iterator[Path]:
    """Yield the files that are committed or would be."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return (path for path in paths if path.is_file())


def lines(path: Path) -> list[str]:
    """Return the lines of a file that are not empty, without their comments."""
    stripped = (line.partition("#")[0].strip() for line in path.read_text().split("\n"))
    return [line for line in stripped if line]


def pins(lock: str) -> dict[str, str]:
    """Return the versions that a lock file pins, by package."""
    found = re.findall(
        r"^([a-z0-9-]+)==([\w.]+)",
        (ROOT / "requirements" / f"{lock}.lock").read_text(),
        re.MULTILINE,
    )
    return dict(found)


def whole(test: Path) -> Path:
    """Return the test module that a file belongs to: `test_log/` may hold several."""
    for depth, part in enumerate(test.parts):
        if part.startswith("test_"):
            return Path(*test.parts[: depth + 1]).with_suffix(".py")
    return test


def test_each_module_has_its_test_module_and_none_is_left_over() -> None:
    """`proxy/log.py` is tested by `tests/test_log.py`, and so on, in each folder."""
    modules = (path.relative_to(ROOT / "proxy") for path in ROOT.glob("proxy/**/*.py"))
    wanted = {
        path.with_name(f"test_{path.name}")
        for path in modules
        if not path.name.startswith("__") and str(path) not in WITHOUT_TEST
    }
    wanted = {path for path in wanted if path.parts[0] not in AS_A_WHOLE}
    wanted |= {Path(f"test_{package}.py") for package in AS_A_WHOLE}
    tests = (
        path.relative_to(ROOT / "tests") for path in ROOT.glob("tests/**/test_*.py")
    )
    found = {whole(path) for path in tests if path.parts[0] not in WITHOUT_MODULE}
    assert sorted(map(str, wanted - found)) == [], "missing"
    assert sorted(map(str, found - wanted)) == [], "left over"


def test_no_module_of_tests_is_long() -> None:
    """Tests are split by what they show, so that a reader finds them by their names."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in ROOT.glob("tests/**/*.py")
        if "node_modules" not in path.parts
    }
    assert lengths
    long = {name: lines for name, lines in lengths.items() if lines > MOST_LINES}
    assert long == {}


def test_modules_and_functions_of_the_program_stay_short() -> None:
    """A function fits on a screen, and names its steps."""
    long = []
    for path in ROOT.glob("proxy/**/*.py"):
        text, name = path.read_text(), path.relative_to(ROOT / "proxy")
        if text.count("\n") > MOST_LINES:
            long.append(str(name))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > MOST_FUNCTION_LINES:
                    long.append(f"{name}: {node.name}")
    assert long == []


def test_the_map_of_the_code_names_existing_modules() -> None:
    """A reader who follows a request finds every module on its way."""
    doc = ast.get_docstring(ast.parse((ROOT / "proxy/__init__.py").read_text())) or ""
    named = re.findall(r"^ {4}([a-z]+(?:\.[a-z_]+)+) ", doc, re.MULTILINE)
    assert named
    for module in named:
        path = module.replace(".", "/")
        assert (ROOT / "proxy" / f"{path}.py").exists(), module


MOST_POSITIONAL = 4
# Made for each request, or for each line of a playlist: a keyword takes some 70 ns.
POSITIONAL = {"Hop", "MediaReply", "Reference", "Resumable", "Wanted"}
# Rows of tables.
TABLES = {"Case", "Door", "Jwt", "Result", "Row", "Seen"}


def positional(node: ast.ClassDef) -> int:
    """Return how many arguments without a name the class takes; 0 if unknown."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__":
            return len(each.args.args) - 1
    decorators = [ast.unparse(each) for each in node.decorator_list]
    kind = [each for each in decorators if re.match(r"dataclass\b|value$", each)]
    if not kind or "kw_only=True" in kind[0]:
        return 0
    count = 0
    for each in node.body:
        if isinstance(each, ast.AnnAssign):
            of, value = ast.unparse(each.annotation), ast.unparse(each)
            if of == "KW_ONLY":
                break
            count += not ("ClassVar" in of or "init=False" in value)
    return count


def test_many_values_are_given_by_keyword() -> None:
    """A reader sees which is which."""
    found = {
        f"{path.relative_to(ROOT)}: {node.name}"
        for room in ("benchmarks", "proxy", "tests", "tools")
        for path in (ROOT / room).glob("**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and node.name not in POSITIONAL | TABLES
        and positional(node) > MOST_POSITIONAL
    }
    assert found == set()


ROOMS = (
    *("app", "cli", "core/hls", "core/http", "diagnosis", "errors", "events"),
    *("core/tokens", "core/tokens/placing", "core/tokens/refresh"),
    *("core/tokens/secrets", "core/tokens/service", "core/tokens/templates"),
    *("core/tokens/times", "fetch", "localise"),
    *("settings", "settings/errors", "settings/sources", "settings/stream"),
    *("settings/values", "sharing", "store", "streams", "system", "tokens"),
    *("tokens/keepers", "tokens/keys", "tokens/logins", "tokens/sources"),
    *("metrics", "observe", "upstream", "tokens/turns", "web", "workers"),
)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_lists_its_modules(room: str) -> None:
    """All of them, one per line, and no others."""
    folder = ROOT / "proxy" / room
    doc = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    listed = re.findall(r"^ *([a-z0-9_]+) {2,}\S", doc, re.MULTILINE)
    found = (path.stem for path in folder.glob("*.py"))
    assert sorted(listed) == sorted(name for name in found if name != "__init__")


@pytest.mark.parametrize(("package", "floor"), FLOORS.items())
def test_no_package_is_below_its_floor(package: str, floor: str) -> None:
    """Both the installed version and the locked one have the known fixes."""
    assert Version(version(package)) >= Version(floor)
    assert Version(pins("run")[package]) >= Version(floor)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_contains_only_pins_and_hashes(lock: Path) -> None:
    """No line names an index, an address or a folder, and no pin lacks its hash."""
    said = re.sub(r"^ *#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    marker = r"( ; python_version < \"3\.14\")?"
    pin = rf"[a-z0-9-]+==[\w.]+{marker}( \\\n    --hash=sha256:[0-9a-f]{{64}})+\n"
    assert re.fullmatch(f"({pin}|\n)+", said)
    assert "://" not in lock.read_text()


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("run", PROJECT["project"]["dependencies"]),
        ("build", PROJECT["build-system"]["requires"]),
        ("dev", lines(ROOT / "requirements" / "dev.in")),
        ("fuzz", lines(ROOT / "requirements" / "fuzz.in")),
    ],
    ids=["run", "build", "dev", "fuzz"],
)
def test_a_lock_file_is_up_to_date(lock: str, wanted: Iterable[str]) -> None:
    """Every direct dependency is pinned within its bounds; if not, run `make lock`."""
    pinned = pins(lock)
    for requirement in map(Requirement, wanted):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.parametrize("lock", ["run", "build"])
def test_the_lock_files_agree(lock: str) -> None:
    """The tests use the versions that run: no package has two versions."""
    both = pins(lock).keys() & pins("dev").keys()
    assert {name: pins(lock)[name] for name in both} == {
        name: pins("dev")[name] for name in both
    }


def test_the_image_is_built_from_files_that_exist_and_are_allowed() -> None:
    """Each COPY finds its sources, and .dockerignore allows them."""
    allowed = {
        line.removeprefix("!")
        for line in lines(ROOT / ".dockerignore")
        if line.startswith("!")
    }
    dockerfile = (ROOT / "Dockerfile").read_text()
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    assert copies
    for source in " ".join(copies).split():
        assert (ROOT / source).exists()
        assert Path(source).parts[0] in allowed


def test_no_file_has_traces_of_a_developers_machine() -> None:
    """No package registry's host and no home folder is committed."""
    trace = re.compile(
        rb"pypi\.org|pythonhosted\.org|npmjs\.\w+|debian\.org"
        rb"|(?<![\w.}])/(?:home|Users|root|work)/\w"
    )
    for path in tracked():
        found = trace.search(path.read_bytes())
        assert not found, f"{path.relative_to(ROOT)}: {found and found[0]!r}"

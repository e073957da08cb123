"""The documentation as a site, and its links in the repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCUMENTS, README, ROOT, name_of
from tools.site import PAGES, linked

MOST_README_LINES = 200
MOST_PICTURE_BYTES = 100_000
NAV = (ROOT / "mkdocs.yml").read_text("utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site like `make docs`: strict, so a dead link is a failure."""
    folder = tmp_path_factory.mktemp("site")
    mkdocs = shutil.which("mkdocs", path=str(Path(sys.executable).parent))
    assert mkdocs is not None
    built = subprocess.run(
        [mkdocs, "build", "--site-dir", str(folder)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert built.returncode == 0, built.stderr
    return folder


def test_the_site_has_all_pages(site: Path) -> None:
    """Those of `docs/`, the README as the first, and the other pages."""
    names = {path.stem for path in ROOT.glob("docs/*.md")}
    names |= {Path(place).stem for place in PAGES.values()}
    assert {path.stem for path in site.glob("*.html")} == names | {"404"}
    assert (site / "playing.webp").stat().st_size < MOST_PICTURE_BYTES


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    """No font, script, style or picture, so it works without the internet."""
    loads = r"<(?:script|img|source|iframe)[^>]*\ssrc=[\"']?(?:https?:)?//"
    links = r"<link[^>]*\shref=[\"']?(?:https?:)?//"
    pages = list(site.glob("*.html"))
    assert pages
    for path in pages:
        text = path.read_text("utf-8")
        assert not re.findall(f"{loads}|{links}", text), path.name
    for path in site.glob("assets/stylesheets/*.css"):
        assert not re.findall(r"url\(['\"]?(?:https?:)?//", path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("page", "link", "found"),
    [
        ("kiosk.md", "../config/kiosk.toml", "config/kiosk.toml"),
        ("kiosk.md", "deployment.md#systemd", "deployment.md#systemd"),
        ("index.md", "docs/kiosk.md", "kiosk.md"),
        ("index.md", "docs/playing.webp", "playing.webp"),
        ("index.md", ".github/SECURITY.md", "security.md"),
        ("contributing.md", "../docs/providers.md#add", "providers.md#add"),
        ("security.md", "https://example.com/a.md", "https://example.com/a.md"),
        ("metrics.md", "#alerts", "#alerts"),
    ],
)
def test_a_link_of_the_repository_becomes_one_of_the_site(
    page: str, link: str, found: str
) -> None:
    """Fragments and external links stay."""
    assert linked(f"[a]({link})", page) == f"[a]({found})"


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/*.md")), ids=name_of)
def test_every_page_is_in_the_navigation_and_in_the_readme(path: Path) -> None:
    """Readers find it from either."""
    assert f" {path.name}\n" in NAV
    assert f"(docs/{path.name})" in README.read_text("utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_named_exists(document: Path) -> None:
    """As the target of a link, or by its path from the root."""
    text = document.read_text("utf-8")
    folders = r"config|docs|proxy|requirements|tests|tools|\.github|\.ci"
    named = re.findall(rf"(?<![\w/.:~-])((?:{folders})/[\w./-]*\w)", text)
    for path in named:
        assert list(ROOT.glob(path.replace("NAME", "*"))), path
    for target in re.findall(r"\]\((?!https?:)([^)#]+)[)#]", text):
        assert (document.parent / target).exists(), target


def test_the_readme_is_short() -> None:
    """Everything else is on its own page."""
    assert len(README.read_text("utf-8").splitlines()) <= MOST_README_LINES

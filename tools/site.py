"""Adds pages outside `docs/` to the documentation site.

This is a hook of MkDocs. The pages link to each other and to files of the repository,
so that they can be read in the repository. The site has no repository around it, so
this hook adds the linked files and adapts the links.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changes.md",
    ".github/CONTRIBUTING.md": "contributing.md",
    ".github/SECURITY.md": "security.md",
}
"""Files of the repository that become pages of the site."""
_SOURCES = {page: path for path, page in PAGES.items()}
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages outside `docs/`, and every file that a page may link to."""
    for path, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    for file in (*sorted(ROOT.glob("config/**/*")), ROOT / "LICENSE"):
        if file.is_file():
            uri = file.relative_to(ROOT).as_posix()
            files.append(File.generated(config, uri, abs_src_path=str(file)))
    return files


def on_page_markdown(
    markdown: str, *, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Turn links within the repository into links within the site."""
    del config, files
    return linked(markdown, page.file.src_uri)


def linked(markdown: str, page: str) -> str:
    """Return Markdown with adapted links; `page` is the page's path on the site."""
    path = _SOURCES.get(page, f"docs/{page}")

    def moved(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link[1]))
        place = PAGES.get(target, target.removeprefix("docs/"))
        return posixpath.relpath(place, posixpath.dirname(page) or ".")

    return _LINK.sub(moved, markdown)

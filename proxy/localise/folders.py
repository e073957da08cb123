"""The folders of a stream's local paths, and how paths refer to each other.

{slug}/             a rendition and everything it refers to
main/               the same, if the entry is itself a media playlist
common/             what belongs to no single rendition
{outer}.{slug}/     the renditions of a playlist that another playlist refers to;
{outer}.main/       `{outer}` names that playlist: `ad-3f9a2c1bq7xz` for
common/ad-3f9a2c1bq7xz.m3u8, `ad-3f9a2c1bq7xz.php` for common/ad-3f9a2c1bq7xz.php,
`360p.x.ts` for 360p/x.ts
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from proxy.localise.catalog import ENTRY

COMMON = "common"
MAIN = "main"

_ID = re.compile(r".*-[a-z2-7]{12}")
"""The form of all names in `common/`, without the extension."""
_ID_NAME = re.compile(rf"{_ID.pattern}(\.[^.]*)?")
_LOCAL = re.compile(
    r"(\.\./)?([A-Za-z0-9_-][A-Za-z0-9._-]*/)?[A-Za-z0-9_-][A-Za-z0-9._-]*"
)
_MOST_COMMON = 3
_MOST_FOLDERS = 4
"""Playlists nest three deep; see `naming`."""
_MOST_LETTERS = 1024
"""The longest folder name the proxy makes: four slugs and three file names have fewer
letters."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one playlist's resources, and the type of its segments."""

    name: str
    extension: str
    """The extension for segments without a suitable one: `ts`, `mp4`, `vtt`."""
    images: bool = False


def folder_of(path: str, body: bytes) -> Folder:
    """Return the folder of a media playlist's resources, by its first full version."""
    folder, _, file_name = path.rpartition("/")
    name = MAIN if not folder else folder if file_name == ENTRY else prefix(path) + MAIN
    # The slug is just `subs` if the rendition's name has no letter to use.
    sort = name.rpartition(".")[2].partition("-")[0]
    bare = "vtt" if sort == "subs" else "ts"
    extension = "mp4" if b"#EXT-X-MAP" in body else bare
    return Folder(name, extension, images=sort == "images")


def prefix(path: str) -> str:
    """Return the prefix for the slugs of a multivariant playlist's renditions."""
    folder, _, file_name = path.rpartition("/")
    if not folder:
        return ""
    if folder == COMMON:
        return f"{file_name.removesuffix('.m3u8').removesuffix('.m3u')}."
    return f"{folder}.{file_name}."


def is_common(name: str) -> bool:
    """Return whether something in `common/` may have this name."""
    return _ID_NAME.fullmatch(name) is not None


def common_above(folder: str) -> tuple[str, ...]:
    """Return the paths in `common/` that may be above a folder; at most four."""
    first, *others = folder.split(".", 2)
    if not others or not _ID.fullmatch(first):
        return ()
    ways = [f"{COMMON}/{first}{extension}" for extension in (".m3u8", ".m3u", "")]
    if others[1:]:
        ways.append(f"{COMMON}/{first}.{others[0]}")
    return tuple(ways)


def above(folder: str, known: Callable[[str], bool]) -> Iterator[str]:
    """Yield the known playlists above a folder's own, the outermost first.

    The caller loads each one before taking the next, because that may make the next one
    known. The time is linear in the number of dots, whatever is between them.
    """
    if len(folder) > _MOST_LETTERS:
        return
    ends = [at for at, char in enumerate(folder) if char == "."]
    folders = [folder[: ends[0]]] if ends else []
    yield from (f"{name}/{ENTRY}" for name in folders)
    common = common_above(folder)
    for end, below in pairwise([*ends, len(folder)]):
        ways = [f"{name}/{folder[len(name) + 1 : end]}" for name in folders]
        path = next(filter(known, (*common[:_MOST_COMMON], *ways)), None)
        common = common[_MOST_COMMON:]
        if path is None:
            continue
        yield path
        folders.append(folder[:below])
        if len(folders) > _MOST_FOLDERS:
            return
        yield f"{folders[-1]}/{ENTRY}"


def target(path: str, reference: str, suffix: str = "") -> str | None:
    """Return the local path that a reference of the playlist at a path leads to.

    The opposite of `relative`. Returns None for a reference that is not local.
    """
    if not _LOCAL.fullmatch(reference):
        return None
    here, slash, _ = path.rpartition("/")
    folder, below, name = reference.rpartition("/")
    if not below:
        return f"{here}{slash}{name}"
    found = f"{folder.removeprefix('../').removesuffix(suffix)}/{name}"
    return found if relative(path, found, suffix) == reference else None


def relative(path: str, target: str, suffix: str = "") -> str:
    """Return the relative reference from one local path to another.

    `suffix` is appended to the folders of both, as players see them.
    """
    here, slash, _ = path.rpartition("/")
    folder, _, name = target.rpartition("/")
    if folder == here:
        return name
    seen = f"{folder}{suffix}/{name}"
    return f"../{seen}" if slash else seen

"""The folders of a stream's local paths, and how paths refer to each other.

{slug}/             a rendition and all it refers to
main/               the same where the entry is itself a media playlist
common/             what belongs to no single rendition
{outer}.{slug}/     the renditions of a playlist that another playlist refers to;
{outer}.main/       `{outer}` says which: `ad-3f9a2c1bq7xz` for
common/ad-3f9a2c1bq7xz.m3u8, `ad-3f9a2c1bq7xz.php` for common/ad-3f9a2c1bq7xz.php,
`360p.x.ts` for 360p/x.ts
"""

from collections.abc import Iterator
from dataclasses import dataclass

from proxy.streams.catalog import ENTRY

COMMON = "common"
MAIN = "main"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the resources of one playlist live, and what its segments are."""

    name: str
    extension: str
    """The extension of a segment that has no fitting one: `ts`, `mp4`, `vtt`."""
    images: bool = False


def folder_of(path: str, body: bytes) -> Folder:
    """Return the folder of a media playlist's resources, by its first full version."""
    folder, _, file_name = path.rpartition("/")
    name = MAIN if not folder else folder if file_name == ENTRY else prefix(path) + MAIN
    # `subs` alone is what is left where the name has no letter for a slug.
    sort = name.rpartition(".")[2].partition("-")[0]
    bare = "vtt" if sort == "subs" else "ts"
    extension = "mp4" if b"#EXT-X-MAP" in body else bare
    return Folder(name, extension, images=sort == "images")


def prefix(path: str) -> str:
    """Return what stands before the slugs of a multivariant playlist's renditions."""
    folder, _, file_name = path.rpartition("/")
    if not folder:
        return ""
    if folder == COMMON:
        return f"{file_name.removesuffix('.m3u8').removesuffix('.m3u')}."
    return f"{folder}.{file_name}."


def outer(folder: str) -> Iterator[str]:
    """Yield the paths of the playlists whose renditions may have this folder."""
    name, dot, _ = folder.rpartition(".")
    if not dot:
        return
    for extension in (".m3u8", ".m3u", ""):
        yield f"{COMMON}/{name}{extension}"
    for at, char in enumerate(name):
        if char == ".":
            yield f"{name[:at]}/{name[at + 1 :]}"


def relative(path: str, target: str) -> str:
    """Return the relative reference from one local path to another."""
    here, slash, _ = path.rpartition("/")
    folder, _, name = target.rpartition("/")
    if folder == here:
        return name
    return f"../{target}" if slash else target

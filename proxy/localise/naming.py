"""One document's references -> local names, and what the catalog learns from them."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.hls.ids import name_id
from proxy.core.hls.playlist import Reference
from proxy.core.http import uri
from proxy.core.kind import Kind
from proxy.errors import BadAnswerError
from proxy.localise.catalog import ENTRY
from proxy.localise.document_place import DocumentPlace
from proxy.localise.listing import Resource, Sheet
from proxy.localise.local_paths import REPORT, LocalPaths
from proxy.localise.named import Named
from proxy.localise.strategies import (
    AT_ONCE,
    PlainReferences,
    RunNames,
    plain_file,
    short_names,
)

# What stands before the id of a file whose own name must not be seen.
_NAMELESS = "hidden"
# The entry, a rendition, an interstitial's ladder, one of its renditions.
_DEEPEST_PLAYLIST = 3


@dataclass(slots=True)
class Namer:
    """Gives the references of one document their local paths.

    `renditions` maps the URL of each rendition (without the token) to its slug; `known`
    is the catalog as it is; `root` the absolute local URL of the stream, for references
    that must be absolute; `canonicals` maps the same URLs to their canonical ones.
    """

    place: DocumentPlace
    _: KW_ONLY
    renditions: Mapping[str, str] = field(repr=False)
    known: Callable[[str], Resource | None]
    root: str
    canonicals: Mapping[str, str] = field(default_factory=dict, repr=False)
    _paths: LocalPaths = field(init=False, repr=False)
    _named: Named = field(default_factory=Named, init=False)

    def __post_init__(self) -> None:
        """Look at the references from this place."""
        self._paths = LocalPaths(self.place, self.renditions, self.canonicals)

    def __call__(self, reference: Reference) -> str:
        """Return the local reference, and remember what stands behind it."""
        if name := plain_file(self.place, reference):
            path = f"{self.place.folder.name}/{name}"
            self._learn(path, reference.url, reference.kind)
            return self.place.reference(path)
        path = self._paths.of(reference)
        if self.place.secrets:
            path = self._unseen(path, reference.lasting)
        if not self._is_known_better(reference, path):
            self._enter(path, reference.url, reference.kind)
        if reference.absolute:
            return self._absolute(path)
        return self.place.reference(path)

    def rendition(self, slug: str, url: str) -> str:
        """Return the local, absolute URL of a rendition that no tag lists: a clone."""
        path = self._checked(f"{slug}/{ENTRY}")
        self._enter(path, url, Kind.PLAYLIST)
        return self._absolute(path)

    def _unseen(self, path: str, url: str) -> str:
        """Return a path that shows no secret, nor a piece of one.

        Raises BadAnswerError for a rendition's, which is not named by its URL.
        """
        folder, _, name = path.rpartition("/")
        if name != ENTRY and self._names_secret(url):
            dot, extension = name.rpartition(".")[1:] if "." in name else ("", "")
            path = f"{folder}/{_NAMELESS}-{name_id(name)}{dot}{extension}"
        return self._checked(path)

    def _checked(self, path: str) -> str:
        if self.place.secrets.holds(path):
            raise BadAnswerError("it has names that are secrets of the stream")
        return path

    def _names_secret(self, url: str) -> bool:
        """Tell whether the file name is one, or the end of one."""
        holds, path = self.place.secrets.holds, uri.split(url).path
        folder, _, name = path.rpartition("/")
        return holds(name) or (holds(path) and not holds(folder))

    def _absolute(self, path: str) -> str:
        self._named.tied = True
        folder, slash, name = path.rpartition("/")
        return f"{self.root}/{folder}{self.place.suffix}{slash}{name}"

    def _enter(self, path: str, url: str, kind: Kind) -> None:
        """Remember what stands behind a path, unless it may not be asked for."""
        kept = self._kept(url)
        if kept is not None and self.place.allowed(kept):
            self._learn(path, kept, kind)
        else:
            origin = "" if kept is None else uri.origin(kept)
            hidden = self.place.secrets.holds(origin)
            self._named.refuse(path, "" if hidden else origin)

    def many(self, kind: Kind, written: list[str]) -> list[str]:
        """Return the local references of plain segments, parts, maps, keys or lists.

        The strategies for a whole run come to the same as one by one. Names that more
        than one URL claims are left to the latter, which counts them.
        """
        run = PlainReferences(self.place, kind, written)
        for strategy in AT_ONCE:
            given = strategy(run)
            if given is not None:
                local = self._at_once(run, given)
                if local is not None:
                    return local
        return self._one_by_one(run)

    def _at_once(self, run: PlainReferences, given: RunNames) -> list[str] | None:
        """Learn the names of a whole run; None if more than one URL claims one."""
        folder, here = run.folder, run.here
        paths = [folder + name for name in given.names]
        new = given.behind(paths)
        if new is None or not self._named.learn_all(run.kind, new):
            return None
        local = paths
        if here != folder:
            local = [here + name for name in given.names] if here else given.names
        if given.texts is run.written:
            return local
        by_text = dict(zip(given.texts, local, strict=True))
        return [by_text[text] for text in run.written]

    def _one_by_one(self, run: PlainReferences) -> list[str]:
        """Learn the short names of a run, and name the others by the full rule."""
        folder, here = run.folder, run.here
        local: list[str] = []
        for text, url, name in zip(
            run.written, run.urls, short_names(run), strict=True
        ):
            if name is None:
                local.append(self(run.reference(url, text)))
            else:
                self._learn(folder + name, url, run.kind)
                local.append(here + name)
        return local

    def turn(self) -> Named:
        """Return what was named since the last turn."""
        named, self._named = self._named, Named()
        place = self.place
        named.sheets = tuple(
            Sheet(
                kind,
                place.path,
                depth=place.depth + 1,
                urls=urls,
                beside=place.beside or "",
            )
            for kind, urls in named.urls.items()
        )
        return named

    def _kept(self, url: str) -> str | None:
        """Return the URL as the catalog keeps it, None if it may not be asked for.

        An upstream that echoes our token into a URL of an origin that the token is
        not bound to does not get it there.
        """
        rule, token = self.place.marks.rule, self.place.token
        url = rule.blank(url)
        if not token.holds(url):
            return url
        url = rule.clean(url)
        return url if rule.reach.holds(url) or not token.holds(url) else None

    def _is_known_better(self, reference: Reference, path: str) -> bool:
        """Tell whether a playlist nearer the entry says where this playlist lies.

        A rendition report may lack the query without which the rendition is refused,
        and two playlists that name each other must not become each other's parents.
        """
        if reference.kind is not Kind.PLAYLIST:
            return False
        self._named.tied = True
        if reference.tag == REPORT and self._paths.lists(path):
            return True
        known = self.known(path)
        nearer = known is not None and known.depth <= self.place.depth
        return nearer or self.place.depth >= _DEEPEST_PLAYLIST

    def _learn(self, path: str, url: str, kind: Kind) -> None:
        beside = self.place.beside
        if beside is not None and url == beside + path.rpartition("/")[2]:
            url = ""
        self._named.learn(kind, path, url)

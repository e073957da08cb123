"""The places of a token in the path of a URL."""

from dataclasses import dataclass
from urllib.parse import quote

from proxy.core.http import uri
from proxy.core.tokens.placing.placement import BLANK, InUrl, TokenFields
from proxy.core.tokens.templates.template import fill


@dataclass(frozen=True, slots=True)
class PathPart(InUrl):
    """A part of the path, counted from 1, that the token replaces."""

    part: int
    value: str = "{token}"

    def blank(self, url: str) -> str:
        """Put a mark in the place of the part."""
        return self._put(url, BLANK)

    def remove(self, url: str, *, ours: bool) -> str:
        """Put a mark in the place of the part; another origin's path is its own."""
        return self._put(url, BLANK) if ours else url

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Put the value in the place of the part."""
        return self._put(url, quote(fill(self.value, fields), safe="~"))

    def _put(self, url: str, text: str) -> str:
        parts = uri.split(url)
        path = parts.path.split("/")
        if self.part >= len(path):
            return url
        path[self.part] = text
        return uri.join(parts._replace(path="/".join(path)))


@dataclass(frozen=True, slots=True)
class PathPrefix(InUrl):
    """A part that is put into the path (Bunny, Media CDN): `mark` and the value.

    `bcdn_token=` and `{token}&expires={expires}` make
    `/bcdn_token=…&expires=…/path/file.m3u8`. The mark is what an old one is known by,
    anywhere but at the end of a path, where files are.
    """

    mark: str
    value: str = "{token}"
    at: int = 1
    """Which part of the path it becomes."""

    def blank(self, url: str) -> str:
        """Take the part out; its position is always the same."""
        if self.mark not in url:
            return url
        parts = uri.split(url)
        *folders, name = parts.path.split("/")
        kept = [folder for folder in folders if not self._is_one(folder)]
        return uri.join(parts._replace(path="/".join([*kept, name])))

    def remove(self, url: str, *, ours: bool) -> str:
        """Take the part out; on another origin too, where it may be an echo."""
        del ours
        return self.blank(url)

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Put the part in, before the rest of the path."""
        parts = uri.split(self.blank(url))
        path = (parts.path or "/").split("/")
        text = uri.legal(f"{self.mark}{fill(self.value, fields)}", uri.IN_PART)
        path.insert(min(self.at, len(path) - 1), text)
        return uri.join(parts._replace(path="/".join(path)))

    def _is_one(self, part: str) -> bool:
        return part.startswith(self.mark)

"""Places for a token in the path of a URL."""

from dataclasses import dataclass
from urllib.parse import quote

from proxy.core.http import uri
from proxy.core.http.percent_encoding import IN_PART, legal
from proxy.core.tokens.placing.placement import BLANK, InUrl, TokenFields
from proxy.core.tokens.templates.template import fill


@dataclass(frozen=True, slots=True)
class PathPart(InUrl):
    """A part of the path, counted from 1, that the token replaces."""

    part: int
    value: str = "{token}"

    def blank(self, url: str) -> str:
        """Replace the part with a placeholder."""
        return self._put(url, BLANK)

    def remove(self, url: str, *, ours: bool) -> str:
        """Replace the part with a placeholder; leave another origin's path as it is."""
        return self._put(url, BLANK) if ours else url

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Replace the part with the value."""
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
    """An extra part in the path (Bunny, Media CDN): `mark` followed by the value.

    For example, `bcdn_token=` and `{token}&expires={expires}` make
    `/bcdn_token=…&expires=…/path/file.m3u8`. An old token is recognised by the mark.
    The last part of a path is never taken for one, because it is a file name.
    """

    mark: str
    value: str = "{token}"
    at: int = 1
    """The index at which it is inserted into the path."""

    def blank(self, url: str) -> str:
        """Remove the part; its position never changes."""
        if self.mark not in url:
            return url
        parts = uri.split(url)
        *folders, name = parts.path.split("/")
        kept = [folder for folder in folders if not self._is_one(folder)]
        return uri.join(parts._replace(path="/".join([*kept, name])))

    def remove(self, url: str, *, ours: bool) -> str:
        """Remove the part, also on another origin, where it may be an echo."""
        del ours
        return self.blank(url)

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Insert the part before the rest of the path."""
        parts = uri.split(self.blank(url))
        path = (parts.path or "/").split("/")
        text = legal(f"{self.mark}{fill(self.value, fields)}", IN_PART)
        path.insert(min(self.at, len(path) - 1), text)
        return uri.join(parts._replace(path="/".join(path)))

    def _is_one(self, part: str) -> bool:
        return part.startswith(self.mark)

"""The layout of a platform: the paths of all pieces, and the hosts that serve them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.providers.emulation.asks import Ask, Role
from tests.providers.emulation.programme import Piece

HOME = "home"

_HOLE = re.compile(r"\\\{(\w+)\\\}")
_SHAPES = {"number": r"\d+", "revision": r"\d+"}


def _pattern(template: str) -> re.Pattern[str]:
    """Return a pattern that matches paths made from the template."""
    seen: set[str] = set()

    def group(hole: re.Match[str]) -> str:
        name = hole[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{_SHAPES.get(name, '[^/]+?')})"

    return re.compile(_HOLE.sub(group, re.escape(template)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Paths as templates of `{rendition}`, `{number}`, `{blob}` and `{revision}`."""

    entry: str = "/live/index.m3u8"
    playlist: str = "/live/{rendition}/index.m3u8"
    segment: str = "/live/{rendition}/seg{number}.ts"
    key: str = "/live/key.bin"
    hosts: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    """Which hosts serve which pieces, if not the one called "home"."""

    def hosts_of(self, role: Role) -> tuple[str, ...]:
        """Return the hosts that serve these pieces; links lead to the first."""
        return self.hosts.get(role, (HOME,))

    def path(self, piece: Piece, *, blob: str, revision: int) -> str:
        """Return the path of a piece."""
        return self._templates[piece.role].format(
            rendition=piece.rendition,
            number=piece.number,
            blob=blob,
            revision=revision,
        )

    def find(self, ask: Ask) -> tuple[Piece, str] | None:
        """Return the requested piece, and the blob in its path."""
        for role, template in self._templates.items():
            found = _pattern(template).fullmatch(ask.path)
            if found and ask.host in self.hosts_of(role):
                named = found.groupdict()
                piece = Piece(
                    role, named.get("rendition", ""), int(named.get("number", 0))
                )
                return piece, named.get("blob", "")
        return None

    @property
    def _templates(self) -> Mapping[Role, str]:
        return {
            Role.ENTRY: self.entry,
            Role.PLAYLIST: self.playlist,
            Role.SEGMENT: self.segment,
            Role.KEY: self.key,
        }

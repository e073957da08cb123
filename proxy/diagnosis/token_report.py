"""Prints a token: its content, where it goes, when it expires, what is wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from proxy.core.tokens.times import claims
from proxy.core.tokens.times.instant import epoch
from proxy.core.tokens.token import Token

_TIMES = frozenset({"exp", "iat", "nbf"})
_WIDTH = 10
UNKNOWN = "unknown: used until it is refused"


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a token is for, according to the stream's settings."""

    source: str
    """For example `sign-jwt` or `http`."""
    places: tuple[str, ...]
    """For example `query token` or `header Authorization`."""
    reach: str
    """Which requests get the token, as text."""
    playback_id: str = ""


def told(
    token: Token, purpose: Purpose, *, now: float, reveal: bool = False
) -> Iterator[str]:
    """Yield the lines about a token; they show its value only with `reveal`."""
    yield _line("source", purpose.source)
    for name, value in token.fields.items():
        yield _line("field", f"{name} = {value if reveal else _masked(value)}")
    if token.url is not None:
        yield _line("url", token.url if reveal else _masked(token.url))
    for place in purpose.places:
        yield _line("goes to", place)
    yield _line("reach", purpose.reach)
    if token.not_before is not None and token.not_before > now:
        yield _line("begins", moment(token.not_before, now))
    yield _line("expires", moment(token.expires_at, now))
    notes: list[str] = []
    if token.untold:
        notes.append(f"the answer says when it expires: add {token.untold} to `token`")
    for value in token.fields.values():
        jwt = claims.read(value)
        if jwt is not None:
            yield from _parts(jwt, now)
            notes += claims.remarks(jwt, playback_id=purpose.playback_id, now=now)
    yield from (_line("note", note) for note in notes)


def moment(at: float | None, now: float) -> str:
    """Return a time in UTC, and how far away it is."""
    if at is None:
        return UNKNOWN
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    away = at - now
    return f"{stamp}, in {_span(away)}" if away >= 0 else f"{stamp}, {_span(-away)} ago"


def _parts(jwt: claims.Jwt, now: float) -> Iterator[str]:
    yield _line("header", json.dumps(dict(jwt.header), ensure_ascii=False))
    for name, value in jwt.claims.items():
        said = json.dumps(value, ensure_ascii=False)
        at = epoch(value) if name in _TIMES else None
        yield _line("claim", f"{name} = {said}" + _when(at, now))


def _when(at: float | None, now: float) -> str:
    return "" if at is None else f"   ({moment(at, now)})"


def _masked(value: str) -> str:
    return f"({len(value)} characters, shown with --reveal)"


def _span(seconds: float) -> str:
    for unit, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def _line(word: str, text: str) -> str:
    return f"{word:<{_WIDTH}}{text}"

"""The content of a JWT, and likely mistakes in it.

It is decoded without verification, to be shown to whoever runs the proxy.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from proxy.core.tokens.times.instant import epoch

_PARTS = 3
_SUBJECTS = ("aud", "sub")

CLOCK_SECONDS = 30.0
"""A time that is ahead of ours by more than this is not due to rounding or the
network."""


@dataclass(frozen=True, slots=True)
class Jwt:
    """The two readable parts of a JWT."""

    header: Mapping[str, object]
    claims: Mapping[str, object]
    text: str = field(repr=False)


def read(text: str) -> Jwt | None:
    """Return the content of a JWT; None if the text is not a JWT."""
    parts = text.split(".")
    if len(parts) != _PARTS:
        return None
    header, claims = _table(parts[0]), _table(parts[1])
    if header is None or claims is None:
        return None
    return Jwt(header, claims, text)


def remarks(jwt: Jwt, *, playback_id: str, now: float) -> Iterator[str]:
    """Yield, in words, reasons for which a platform may refuse the token.

    `now` is in epoch seconds. An empty `playback_id` means that none is configured.
    """
    yield from _times(jwt.claims, now)
    yield from _subject(jwt.claims, playback_id)
    if str(jwt.header.get("alg", "none")).lower() == "none":
        yield "the header names no algorithm: nobody can trust this token"


def _times(claims: Mapping[str, object], now: float) -> Iterator[str]:
    times = {name: epoch(claims.get(name)) for name in ("iat", "nbf", "exp")}
    unread = [name for name in times if name in claims and times[name] is None]
    yield from (f"{name} is no time in epoch seconds" for name in unread)
    issued, begins, ends = times.values()
    if ends is None and "exp" not in claims:
        yield "it has no exp: most platforms refuse a token that never ends"
    elif ends is not None and ends <= now:
        yield f"exp was {now - ends:.0f} s ago by this machine's clock"
    for name, moment in (("iat", issued), ("nbf", begins)):
        if moment is not None and moment > now + CLOCK_SECONDS:
            ahead = f"{name} is {moment - now:.0f} s ahead of this machine's clock"
            yield f"{ahead}: one of the two clocks is wrong"
    start = max((each for each in (issued, begins) if each is not None), default=None)
    if ends is not None and start is not None and ends <= start:
        yield "exp is not later than iat and nbf: it is never valid"


def _subject(claims: Mapping[str, object], playback_id: str) -> Iterator[str]:
    said = {name: claims[name] for name in _SUBJECTS if claims.get(name)}
    if not playback_id or _names(list(claims.values()), playback_id):
        return
    if not said:
        yield f'neither aud nor sub names the playback id "{playback_id}"'
    for name, value in said.items():
        yield (
            f"{name} is {json.dumps(value)}, the playback id is "
            f'"{playback_id}": is it a token for something else?'
        )


def _names(value: object, playback_id: str) -> bool:
    """Return whether a claim contains the id: alone, behind a prefix or in a path."""
    match value:
        case str():
            return playback_id in value.replace(":", "/").split("/")
        case list():
            return any(_names(item, playback_id) for item in value)
        case dict():
            return any(_names(item, playback_id) for item in value.values())
        case _:
            return False


def _table(part: str) -> Mapping[str, object] | None:
    try:
        padded = part + "=" * (-len(part) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        value = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

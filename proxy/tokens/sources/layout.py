"""Where a token is in an answer, and extracting it."""

import json
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, replace

from jsonpointer import EndOfList, JsonPointer, JsonPointerException

from proxy.core.http.headers import is_clean
from proxy.core.tokens.times.expiry import Told, end_of, end_there, start_of
from proxy.core.tokens.token import Token
from proxy.errors import SourceError

# For an answer that is itself the token: a web page is no token.
_MARKUP = "<"
# What looks like the name of a JSON member.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]{0,29}")
_MOST_NAMES = 8
# The names that services use for the expiry (RFC 6749, section 5.1).
_ENDS = ("expires_in", "expires_at")
_BOM = "\ufeff"
ANSWER = "the answer"
"""What errors call the text by default."""


@dataclass(frozen=True, slots=True)
class TokenTimes:
    """When an answer was requested, and the time by the answering service's clock."""

    now: float
    theirs: float | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a token are in a JSON text: JSON Pointers (RFC 6901).

    A pointer that finds nothing is an error. If it finds `null`, the value is unknown.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    """A pointer for each field of the token; without any, the whole text is `token`."""
    _: KW_ONLY
    expires_in: str | None = None
    expires_at: str | None = None
    refresh_in: str | None = None
    optional: bool = False
    """Whether the pointers to times may find nothing."""
    ttl: float | None = None
    """The lifetime in seconds if the token has no stated expiry."""
    leading: bool = False
    """Whether the token begins with its expiry in epoch seconds (Fastly)."""
    subject: str = ANSWER
    """What errors call the text: an answer, a file, an output."""

    @property
    def plain(self) -> bool:
        """Whether the text is the token itself instead of JSON."""
        times = (self.expires_in, self.expires_at, self.refresh_in)
        return not self.fields and times == (None, None, None)

    def token(self, text: bytes, times: TokenTimes) -> Token:
        """Return the token in the text; raise `SourceError` if there is none.

        No error contains any of the text.
        """
        document: object = None
        if self.plain:
            fields = {"token": whole(text, self.subject)}
            told, refresh_in = self._told(fields), None
        else:
            document = parsed(text, self.subject)
            fields = {
                name: text_at(document, pointer, self.subject)
                for name, pointer in self.fields.items()
            }
            told = replace(
                self._told(fields),
                expires_in=self._time(document, self.expires_in),
                expires_at=self._time(document, self.expires_at),
            )
            refresh_in = _hint(document, self.refresh_in)
        end = end_of(told, now=times.now, theirs=times.theirs)
        return Token(
            fields,
            expires_at=end,
            untold=_untold(document) if end is None else "",
            not_before=start_of(fields.values()),
            ends_there=end_there(told, end, now=times.now, theirs=times.theirs),
            refresh_in=_advice(refresh_in),
        )

    def _told(self, fields: Mapping[str, str]) -> Told:
        """Return what the token itself states about its expiry."""
        texts = tuple(fields.values())
        return Told(texts=texts, ttl=self.ttl, leading=self.leading)

    def _time(self, document: object, pointer: str | None) -> object:
        if pointer is None:
            return None
        try:
            return found(document, pointer, self.subject)
        except SourceError:
            if self.optional:
                return None
            raise


def _untold(document: object) -> str:
    """Return the setting for a token's expiry that its answer contains, if any."""
    members = document if isinstance(document, dict) else {}
    times = (name for name in _ENDS if isinstance(members.get(name), int | str))
    return next((f'{name} = "/{name}"' for name in times), "")


def whole(text: bytes, subject: str = ANSWER) -> str:
    """Return a text that is itself a token, without white space around it."""
    try:
        # PowerShell writes a byte order mark.
        token = text.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        # Not `from exc`: that error contains the bytes.
        raise SourceError(f"{subject} is not text in UTF-8") from None
    if not token:
        raise SourceError(f"{subject} is empty")
    if token.startswith(_MARKUP) or not is_clean(token):
        raise SourceError(f"{subject} is a web page or several lines, not a token")
    return token


def parsed(text: bytes, subject: str = ANSWER) -> object:
    """Return the value of a JSON text; raise `SourceError` if it is not JSON."""
    if not text.strip():
        raise SourceError(f"{subject} is empty")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise SourceError(f"{subject} is not JSON") from None


def found(document: object, pointer: str, subject: str = ANSWER) -> object:
    """Return what a pointer finds; raise `SourceError` if it finds nothing."""
    try:
        value = JsonPointer(pointer).resolve(document)
    except JsonPointerException:
        # Not `from exc`: its text contains the document.
        raise _nothing(document, pointer, subject) from None
    if isinstance(value, EndOfList):
        raise _nothing(document, pointer, subject)
    return value


def _nothing(document: object, pointer: str, subject: str) -> SourceError:
    """Return the error, which lists the names at the point where the pointer fails.

    Only names, and only those that look chosen by people: a key could also be a secret.
    """
    place, inner = "", document
    for part in JsonPointer(pointer).parts:
        if not isinstance(inner, dict) or part not in inner:
            break
        place, inner = f"{place}/{part}", inner[part]
    names = sorted(filter(_NAME.fullmatch, inner)) if isinstance(inner, dict) else []
    there = ", ".join(f"{place}/{name}" for name in names[:_MOST_NAMES])
    told = f"; it has {there}" if there else ""
    return SourceError(f"{subject} has nothing at {pointer}{told}")


def text_at(document: object, pointer: str, subject: str = ANSWER) -> str:
    """Return the string or the integer at a pointer, as a string."""
    match found(document, pointer, subject):
        case bool():
            pass
        case int() as number:
            return str(number)
        case str() as text:
            text = text.removeprefix(_BOM)
            if text and is_clean(text):
                return text
    raise SourceError(f"{subject} has no string at {pointer}")


def _hint(document: object, pointer: str | None) -> object:
    """Return what a pointer finds; None if nothing, because advice is optional."""
    try:
        return None if pointer is None else found(document, pointer)
    except SourceError:
        return None


def _advice(value: object) -> float | None:
    """Return when to ask again; None if the advice is unreadable."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None

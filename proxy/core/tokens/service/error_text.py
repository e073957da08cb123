"""A server's own explanation of a refusal, in words fit for a log.

It may echo anything that was sent, and contain secrets of the server; see `masking`.
"""

import html
import json
import re
from collections.abc import Collection, Iterable, Sequence

from proxy.core.http.headers import Fields
from proxy.core.tokens.secrets.masking import masked, without

SAID_BYTES = 4096
"""How much of a body is read. It is enough for what is logged, although error pages
begin with a style sheet."""

_CHALLENGE = "www-authenticate"
# RFC 6750 section 3: the attributes of a challenge that are meant for people.
_ATTRIBUTE = re.compile(
    r"\b(error|error_description)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",]+))",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]{0,20})(?:\s|,|$)")
_TEXTS = re.compile(r"text/|.*[/+](?:json|xml)$", re.IGNORECASE)
# Content types that servers send when they do not know the type.
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_ESCAPE = re.compile(r"\\u00([0-9A-Fa-f]{2})")
_LAST_WORD = re.compile(r"[^\s\"'<>,;]*$")


def words(
    fields: Fields, body: bytes, secrets: Collection[str] = (), *, cut: bool = False
) -> str:
    """Return what an answer says about its status; empty if it says nothing.

    `body` is the beginning of a text, without content coding. `cut` means that more
    follows: the last word may then be half a secret and is left out. `secrets` are the
    values that were sent.
    """
    named = [(name.lower(), value) for name, value in fields]
    # Mask before parsing, because parsing could split a secret.
    challenges = [without(v, secrets) for name, v in named if name == _CHALLENGE]
    types = [value for name, value in named if name == "content-type"]
    text = _text(without(body.decode("utf-8", "replace"), secrets), types, cut=cut)
    told = (_oauth_error(text) or (_readable(text),), *_challenged(challenges))
    # Mask each part alone: `invalid_token: …` would look like a secret's name and
    # value.
    said = [": ".join(masked(part, secrets) for part in one if part) for one in told]
    # Many servers say the same in both places.
    return "; ".join(dict.fromkeys(filter(None, said)))


def error_code(body: bytes) -> str | None:
    """Return the `error` in the body of an OAuth answer (RFC 6749, 5.2)."""
    code = _document(body.decode("utf-8", "replace")).get("error")
    return code if isinstance(code, str) and code else None


def _challenged(challenges: Iterable[str]) -> list[tuple[str, ...]]:
    """Return error and description of each challenge, or else its scheme."""
    told = []
    for challenge in challenges:
        found = [quoted or bare for _, quoted, bare in _ATTRIBUTE.findall(challenge)]
        scheme = _SCHEME.match(challenge)
        if found:
            told.append(tuple(re.sub(r"\\(.)", r"\1", one) for one in found))
        elif scheme:
            told.append((f"it asks for {scheme[1]}",))
    return told


def _text(text: str, types: Sequence[str], *, cut: bool) -> str:
    """Return a body if it is a text, else an empty string."""
    kind = types[0].partition(";")[0].strip() if types else ""
    text = text.removeprefix("\ufeff")
    if kind not in _UNTOLD and not _TEXTS.match(kind):
        return ""
    if kind in _UNTOLD and ("\0" in text or "\ufffd" in text):
        return ""
    return _LAST_WORD.sub("", text) if cut else text


def _oauth_error(text: str) -> tuple[str, ...]:
    code = error_code(text.encode())
    if code is None:
        return ()
    document = _document(text)
    # Some services use the standard's `error` but call the description `message`.
    told = (document.get(name) for name in ("error_description", "message"))
    return (code, *[each for each in told if isinstance(each, str)][:1])


def _readable(text: str) -> str:
    """Return a text of any form on one line, without markup and escapes."""
    document = _document(text)
    if document:
        text = json.dumps(document, ensure_ascii=False)
    elif text.lstrip().startswith("<"):
        text = html.unescape(_MARKUP.sub(" ", text))
    else:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return " ".join(text.split())


def _document(text: str) -> dict[str, object]:
    """Return a JSON object; an empty one if the text is not a JSON object."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}

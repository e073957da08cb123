"""How servers spell a value that they repeat."""

import base64
import html
import json
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, quote_plus


def every_byte(text: str) -> str:
    """Percent-encode every byte, even where it is not needed."""
    return "".join(f"%{byte:02x}" for byte in text.encode())


def in_units(text: str) -> str:
    """Escape every character, as JSON allows."""
    coded = text.encode("utf-16-be")
    return "".join(f"\\u{coded[i : i + 2].hex()}" for i in range(0, len(coded), 2))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "percent": lambda s: quote(s, safe=""),
    "percent in lower case": lambda s: re.sub(
        "%..", lambda found: found[0].lower(), quote(s, safe="")
    ),
    "percent, slashes kept": quote,
    "percent twice": lambda s: quote(quote(s, safe=""), safe=""),
    "percent in JSON": lambda s: json.dumps(quote(s))[1:-1],
    "form": quote_plus,
    "form twice": lambda s: quote_plus(quote_plus(s)),
    "form, read as one": lambda s: s.replace("+", " "),
    "every byte": every_byte,
    "every byte twice": lambda s: quote(every_byte(s)),
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON in UTF-8": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "JSON in units": in_units,
    "JSON in JSON": lambda s: json.dumps(json.dumps(s))[3:-3],
    "percent of JSON": lambda s: quote(json.dumps(s)[1:-1], safe=""),
    "HTML": html.escape,
    "HTML by number": lambda s: "".join(f"&#{ord(char)};" for char in s),
    "HTML in hex": lambda s: "".join(f"&#x{ord(char):X};" for char in s),
    "HTML of HTML": lambda s: html.escape(html.escape(s)),
    "HTML without semicolons": lambda s: re.sub(
        "[^A-Za-z0-9](?=[^0-9;])", lambda found: f"&#{ord(found[0])}", s
    ),
    "blanks as plus signs": lambda s: s.replace(" ", "+"),
    "backslashes before all but letters and digits": lambda s: re.sub(
        r"([!-/:-@\[-`{-~])", r"\\\1", s
    ),
    "hexadecimal": lambda s: s.encode().hex(),
    "hexadecimal in upper case": lambda s: s.encode().hex().upper(),
}


def based(secret: str, before: int, *, safe: bool) -> str:
    """Write a secret in base64, after some bytes and before others."""
    text = b"\xf0" * before + secret.encode() + b"\x0f" * (2 - before)
    coder = base64.urlsafe_b64encode if safe else base64.b64encode
    return coder(text).decode()


SPELLINGS |= {
    f"base64 {before} {'url-safe' if safe else ''}": partial(
        based, before=before, safe=safe
    )
    for before in range(3)
    for safe in (False, True)
}
SPELLINGS["percent of base64"] = lambda s: quote(based(s, 1, safe=False), safe="")

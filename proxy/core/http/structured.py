"""Structured field values (RFC 8941), as far as our own fields need them."""


def quoted(text: str) -> str:
    """Return a text as a string (section 3.3.3): printable ASCII, in quotes.

    Backslashes and quotes are escaped. Other characters become question marks.
    """
    printable = "".join(char if " " <= char <= "~" else "?" for char in text)
    return '"' + printable.replace("\\", "\\\\").replace('"', '\\"') + '"'

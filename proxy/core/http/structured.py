"""Structured field values (RFC 8941), as far as our own fields need them."""


def quoted(text: str) -> str:
    """Return text as a quoted string of printable ASCII (section 3.3.3).

    Backslashes and quotes are escaped. Other characters become question marks.
    """
    printable = "".join(char if " " <= char <= "~" else "?" for char in text)
    return '"' + printable.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""Bodies, and answers that frame them."""

from tests.raw_origin import End, Reply

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def length(declared: int, body: bytes, end: End = End.KEEP) -> Reply:
    """Return an answer that declares another length than it has."""
    return Reply(HEAD + b"Content-Length: %d\r\n\r\n" % declared + body, end)

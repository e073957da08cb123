"""Check the heads of answers: an answer whose head violates HTTP is refused.

aiohttp's parser is lenient with answers: a field name may end in a blank, a value may
hold control bytes, and an unknown transfer coding is treated as none.
"""

import string
from collections.abc import Sequence

import aiohttp
from aiohttp.connector import Connection
from multidict import MultiMapping

from proxy.core.http.answers import Blame
from proxy.upstream.faults import FlawedHeadError

# Limit for the whole head, and so for one field. The longest policies in the wild fit.
MAX_HEAD_BYTES = 32 * 1024

# RFC 9110 section 5.6.2: the characters of a field name.
_NAME = b"!#$%&'*+-.^_`|~" + (string.ascii_letters + string.digits).encode()
# RFC 9110 section 5.5: TAB is the only control character allowed in a value.
_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09})


class CheckedResponse(aiohttp.ClientResponse):
    """A response whose connection is closed at once if its head is flawed.

    Later is too late: if a short body follows the head, the connection is back in its
    pool before anybody has seen the response.
    """

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the head; raises FlawedHeadError."""
        protocol = connection.protocol
        started = await super().start(connection)
        if flaw := flaw_of(self.status, self.headers, self.raw_headers):
            if protocol is not None:
                protocol.close()
            raise FlawedHeadError(flaw)
        return started


def flaw_of(
    status: int,
    headers: MultiMapping[str],
    raw_headers: Sequence[tuple[bytes, bytes]],
) -> Blame | None:
    """Return what is wrong with an answer's head; None if nothing is."""
    names = b"".join([name for name, _ in raw_headers])
    values = b"".join([value for _, value in raw_headers])
    if len(names) + len(values) > MAX_HEAD_BYTES:
        return Blame.HEAD_SIZE
    if names.translate(None, _NAME) or values.translate(None, _CONTROLS) != values:
        return Blame.PROTOCOL
    if "Transfer-Encoding" in headers:
        codings = headers.getall("Transfer-Encoding")
        if [coding.lower() for coding in codings] != ["chunked"]:
            return Blame.TRANSFER_CODING
    return Blame.PROTOCOL if status < 200 else None  # noqa: PLR2004

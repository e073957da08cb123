"""Extract what an unusable answer says about itself, as text that is safe to log."""

import asyncio

from proxy.core.tokens.service.error_text import SAID_BYTES, words
from proxy.errors import UpstreamError
from proxy.upstream.answer import Answer

SAID_SECONDS = 1.0
"""A short text arrives with its head. A pending retry has to wait for this too."""


async def remark_of(answer: Answer) -> str:
    """Return the answer's error text and close it; empty if none arrives in time.

    Everything that was sent, and the stream's other secrets, are removed from the text.
    """
    body, whole = b"", False
    try:
        async with asyncio.timeout(SAID_SECONDS):
            body = await answer.beginning(SAID_BYTES)
            whole = answer.ended
    except (TimeoutError, UpstreamError):
        pass  # its head may say enough
    finally:
        answer.close()
    return remark(answer, body, whole=whole)


def remark(answer: Answer, body: bytes, *, whole: bool = True) -> str:
    """Return the error text of an answer, given its decoded body.

    `whole`: whether `body` is complete, rather than only the beginning.
    """
    cut = not whole or len(body) > SAID_BYTES
    fields = tuple(answer.headers.items())
    return words(fields, body[:SAID_BYTES], answer.echoes, cut=cut)

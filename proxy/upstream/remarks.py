"""What an answer that is of no use says about itself, in words fit for a log."""

import asyncio

from proxy.core.tokens.service.error_text import SAID_BYTES, words
from proxy.errors import UpstreamError
from proxy.upstream.answer import Answer

SAID_SECONDS = 1.0
"""A short text comes with its head; whoever waits for another try waits for this too.
"""


async def remark_of(answer: Answer) -> str:
    """Return it, and give the answer up; empty if it says nothing in time.

    What was sent is taken out, and what else of the stream is private.
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
    """Return what an answer says with a body that is here, without its coding.

    `whole` tells that it is not only the beginning.
    """
    cut = not whole or len(body) > SAID_BYTES
    fields = tuple(answer.headers.items())
    return words(fields, body[:SAID_BYTES], answer.echoes, cut=cut)

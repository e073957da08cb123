"""Tests of heads that are written directly."""

import pytest
from aiohttp.test_utils import make_mocked_request

from proxy.web.direct_answers import STARTS, head_of, written


@pytest.mark.parametrize("last", [False, True])
def test_a_head_has_a_first_line_and_whole_lines(*, last: bool) -> None:
    """One Date, and Connection only if the connection ends."""
    for status in STARTS:
        head = head_of(status, b"X: y\r\n", dated=False, last=last)
        assert head.startswith(f"HTTP/1.1 {status} ".encode())
        assert head.endswith(b"\r\n")
        assert head.count(b"\r\nDate: ") == 1
        assert (b"\r\nConnection: close\r\n" in head) is last
    said = head_of(200, b"date: x\r\n", dated=True, last=last)
    assert b"Date: " not in said


@pytest.mark.parametrize("last", [False, True])
async def test_what_is_written_is_not_written_again(*, last: bool) -> None:
    """Aiohttp only learns whether the connection continues."""
    answer = written(206, last=last)
    assert (answer.status, answer.keep_alive) == (206, not last)
    request = make_mocked_request("GET", "/")
    await answer.prepare(request)
    await answer.write_eof()
    assert not request.writer.method_calls  # type: ignore[attr-defined]

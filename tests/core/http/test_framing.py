"""How the end of a body is known, case by case."""

import pytest
from multidict import CIMultiDict

from proxy.core.http.framing import Framing, framing_of


@pytest.mark.parametrize(
    ("method", "status", "fields", "framing"),
    [
        ("GET", 200, {"content-length": "3"}, Framing.LENGTH),
        ("GET", 206, {"Content-Length": "3"}, Framing.LENGTH),
        ("GET", 200, {"Transfer-Encoding": "chunked"}, Framing.CHUNKED),
        # RFC 9112 section 6.3: chunking overrides a declared length.
        (
            *("GET", 200),
            {"Content-Length": "3", "transfer-encoding": "chunked"},
            Framing.CHUNKED,
        ),
        ("GET", 200, {"Content-Type": "video/mp2t"}, Framing.CLOSE),
        ("GET", 204, {"Content-Length": "3"}, Framing.NONE),
        ("GET", 304, {"Content-Length": "3"}, Framing.NONE),
        ("HEAD", 200, {"Content-Length": "3"}, Framing.NONE),
        ("HEAD", 200, {"Transfer-Encoding": "chunked"}, Framing.NONE),
    ],
)
def test_the_framing_follows_from_method_status_and_fields(
    method: str, status: int, fields: dict[str, str], framing: Framing
) -> None:
    """The request's method and the status come first, then the fields."""
    assert framing_of(method, status, CIMultiDict(fields)) is framing

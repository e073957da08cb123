"""The parts of a URL that are signed."""

import pytest

from proxy.core.tokens.templates.request_parts import DIFFERING, PARTS, request_parts


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (
            "https://u@H.test:8443/live%2F/a%20b.ts?x=1&y=%2f#z",
            {
                "url": "https://u@H.test:8443/live%2F/a%20b.ts?x=1&y=%2f",
                "origin": "https://H.test:8443",
                "path": "/live%2F/a%20b.ts",
                "directory": "/live%2F/",
                "query": "x=1&y=%2f",
                "joint": "&",
            },
        ),
        (
            "http://h",
            {
                "url": "http://h",
                "origin": "http://h",
                "path": "/",
                "directory": "/",
                "query": "",
                "joint": "?",
            },
        ),
        (
            "http://h/a/?",
            {
                "url": "http://h/a/?",
                "origin": "http://h",
                "path": "/a/",
                "directory": "/a/",
                "query": "",
                "joint": "&",
            },
        ),
    ],
)
def test_the_parts_keep_their_bytes(url: str, wanted: dict[str, str]) -> None:
    """A platform signs the bytes that are sent; a fragment is not."""
    assert request_parts(url) == {name: text.encode() for name, text in wanted.items()}
    assert wanted.keys() == PARTS


def test_a_stream_has_one_origin() -> None:
    """The other parts differ between URLs."""
    assert {"origin"} == PARTS - DIFFERING

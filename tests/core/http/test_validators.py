"""What tells two versions of a document apart whose text is the same."""

import pytest

from proxy.core.http.validators import validators_of

DATE = ("Date", "Thu, 01 Jan 2026 00:00:10 GMT")
OLD = ("Last-Modified", "Wed, 31 Dec 2025 00:00:00 GMT")
TAG = ("ETag", '"1"')


@pytest.mark.parametrize(
    "headers", [(TAG,), (OLD,), (TAG, OLD), (TAG, OLD, DATE), (OLD, ("Date", "junk"))]
)
def test_a_file_that_was_written_again_has_others(
    headers: tuple[tuple[str, str], ...],
) -> None:
    """ETag or Last-Modified tell."""
    seen = {validators_of(headers)}
    for at, (name, value) in enumerate(headers):
        if name != "Date":
            other = (name, value.replace("1", "2"))
            seen.add(validators_of((*headers[:at], other, *headers[at + 1 :])))
    assert len(seen) == 1 + sum(name != "Date" for name, _ in headers)
    assert "" not in seen


@pytest.mark.parametrize(
    "modified", ["Thu, 01 Jan 2026 00:00:10 GMT", "Thu, 01 Jan 2026 00:00:09 GMT"]
)
def test_the_time_of_the_answer_is_no_validator(modified: str) -> None:
    """Some servers send it as Last-Modified with each answer."""
    assert not validators_of((DATE, ("Last-Modified", modified)))


def test_a_weak_etag_is_the_strong_one() -> None:
    """Some servers weaken it when they compress."""
    assert validators_of((("ETag", 'W/"1"'),)) == validators_of((TAG,))

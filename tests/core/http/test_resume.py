"""Which bodies can be continued, and which answers continue them."""

import pytest
from multidict import CIMultiDict

from proxy.core.http.resume import Resumable

TAG = {"ETag": '"v1"'}
OLD = {
    "Last-Modified": "Mon, 02 Jan 2023 10:00:00 GMT",
    "Date": "Mon, 02 Jan 2023 10:01:01 GMT",
}


def resumable(
    headers: dict[str, str], *, status: int = 200, length: int | None = 100
) -> Resumable | None:
    """Return what is known from an answer."""
    return Resumable.of(status, CIMultiDict(headers), length)


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        (TAG, '"v1"'),
        (OLD, OLD["Last-Modified"]),
        ({**TAG, "Accept-Ranges": "bytes", "Content-Encoding": "identity"}, '"v1"'),
    ],
)
def test_a_body_with_a_strong_validator_can_be_continued(
    headers: dict[str, str], sent: str
) -> None:
    """An ETag, or a date that is more than a minute old."""
    found = resumable(headers)
    assert found is not None
    assert dict(found.fields(40)) == {"Range": "bytes=40-", "If-Range": sent}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": 'W/"v1"'},
        {"ETag": "v1"},
        {**OLD, "ETag": 'W/"v1"'},
        {**OLD, "Date": "Mon, 02 Jan 2023 10:01:00 GMT"},
        {"Last-Modified": OLD["Last-Modified"]},
        {**OLD, "Date": "yesterday"},
        {**TAG, "Accept-Ranges": "none"},
        {**TAG, "Content-Encoding": "gzip"},
    ],
)
def test_a_body_without_one_cannot(headers: dict[str, str]) -> None:
    """Two versions of a segment could be joined."""
    assert resumable(headers) is None


def test_a_part_continues_where_it_broke_off() -> None:
    """Positions count in the whole, up to the end of the part."""
    part = {**TAG, "Content-Range": "bytes 100-199/500"}
    found = resumable(part, status=206)
    assert found is not None
    assert dict(found.fields(40))["Range"] == "bytes=140-199"
    last = resumable({**TAG, "Content-Range": "bytes 400-499/500"}, status=206)
    assert last is not None
    assert dict(last.fields(1))["Range"] == "bytes=401-"


@pytest.mark.parametrize(
    "content_range", ["", "bytes 0-9/*", "bytes 9-0/100", "bytes 0-9/5", "items 0-1/2"]
)
def test_a_part_of_unknown_position_cannot(content_range: str) -> None:
    """Its end would be a guess."""
    part = {**TAG, "Content-Range": content_range}
    assert resumable(part, status=206, length=None) is None


@pytest.mark.parametrize(
    ("status", "headers", "total"),
    [
        (206, {**TAG, "Content-Range": "bytes 40-99/100"}, 100),
        (200, TAG, None),
        (206, {**TAG, "Content-Range": "bytes 41-99/100"}, None),
        (206, {**TAG, "Content-Range": "bytes 40-98/100"}, None),
        (206, {**TAG, "Content-Range": "bytes 40-99/101"}, None),
        (206, {**TAG, "Content-Range": "bytes 40-99/*"}, None),
        (206, {"ETag": '"v2"', "Content-Range": "bytes 40-99/100"}, None),
        (206, {"Content-Range": "bytes 40-99/100"}, None),
        (
            206,
            {**TAG, "Content-Range": "bytes 40-99/100", "Content-Encoding": "gzip"},
            None,
        ),
    ],
)
def test_only_the_rest_of_the_same_version_is_accepted(
    status: int, headers: dict[str, str], total: int | None
) -> None:
    """Exactly the requested bytes, with the same ETag."""
    found = resumable(TAG)
    assert found is not None
    assert found.continued(status, CIMultiDict(headers), received=40) == total


def test_a_body_of_unknown_length_continues_to_the_end() -> None:
    """Chunked bodies do not say how long they are."""
    found = resumable(TAG, length=None)
    assert found is not None
    rest = CIMultiDict({**TAG, "Content-Range": "bytes 40-99/100"})
    assert found.continued(206, rest, received=40) == 100


def test_a_date_need_not_be_repeated() -> None:
    """RFC 9110 section 15.3.7; a different one is another version."""
    found = resumable(OLD)
    assert found is not None
    rest = CIMultiDict({"Content-Range": "bytes 40-99/100"})
    assert found.continued(206, rest, received=40) == 100
    rest["Last-Modified"] = "Tue, 03 Jan 2023 10:00:00 GMT"
    assert found.continued(206, rest, received=40) is None


@pytest.mark.parametrize("said", [TAG, {"Last-Modified": OLD["Date"]}])
def test_another_date_or_a_new_tag_is_another_version(said: dict[str, str]) -> None:
    """They do not continue the body."""
    found = resumable(OLD)
    assert found is not None
    rest = CIMultiDict({"Content-Range": "bytes 40-99/100", **said})
    assert found.continued(206, rest, received=40) is None


def test_after_the_last_byte_there_is_nothing_to_request() -> None:
    """A chunked body without its last chunk has not ended."""
    found = resumable(TAG, length=None)
    assert found is not None
    rest = CIMultiDict({**TAG, "Content-Range": "bytes 99-99/100"})
    assert found.continued(206, rest, received=100) is None

"""A kept resource, and what requests for it get."""

from collections.abc import Mapping

from proxy.core.http.conditions import Selected, answer_of
from proxy.core.http.headers import Fields

SIZE = 100
OLD, NEW = "Mon, 02 Jan 2023 10:00:00 GMT", "Mon, 02 Jan 2023 12:00:00 GMT"
TAGGED: Fields = (("Content-Type", "video/mp2t"), ("ETag", '"v1"'))
WEAK: Fields = (("ETag", 'W/"v1"'),)
DATED: Fields = (("Last-Modified", OLD), ("Date", NEW))


def got(kept: Fields = TAGGED, /, **asked: str) -> Selected:
    """Return what these fields get; `if_range` stands for If-Range."""
    return answer_of(as_fields(asked), kept, SIZE)


def as_fields(asked: Mapping[str, str]) -> Fields:
    """Return header fields, given with underscores for hyphens."""
    return tuple((name.replace("_", "-"), value) for name, value in asked.items())


def short(found: Selected) -> tuple[int, int, int]:
    """Return status, start and end."""
    return found[:3]


WHOLE = (200, 0, SIZE)
UNCHANGED = (304, 0, 0)
PART = (206, 5, 10)

"""The Cookie field of a request."""

import pytest

from proxy.core.http.cookies import with_one_cookie_field
from proxy.core.http.headers import Fields


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ((), ()),
        ((("X", "a=1; b"), ("Y", "")), (("X", "a=1; b"), ("Y", ""))),
        ((("cookie", "a=1"),), (("Cookie", "a=1"),)),
        (
            (("Cookie", "consent=1"), ("X", "y"), ("Cookie", "token=T")),
            (("X", "y"), ("Cookie", "consent=1; token=T")),
        ),
        (
            (("Cookie", "token=old; a=b=c; ;"), ("COOKIE", "token=new")),
            (("Cookie", "a=b=c; token=new"),),
        ),
    ],
)
def test_a_request_has_one_cookie_field(fields: Fields, wanted: Fields) -> None:
    """The later of two cookies with one name counts."""
    assert with_one_cookie_field(fields) == wanted

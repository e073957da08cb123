"""Values that state, or seem to state, when a token expires."""

import base64
import json

from hypothesis import strategies as st

VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.datetimes().map(str)
    | st.from_regex(r"[0-9]{0,4}-?[0-9]{0,2}T?[0-9:.]{0,12}[Z+-]?[0-9:]{0,5}")
    | st.lists(st.integers())
)


def part(value: object) -> str:
    """Return one part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jwt_of(claims: object) -> str:
    """Return a JWT whose signature is nonsense."""
    return f"{part({'alg': 'HS256'})}.{part(claims)}.c2ln"

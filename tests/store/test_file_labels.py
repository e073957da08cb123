"""What a file says about its resource."""

import json
import math

import pytest

from proxy.store.file_labels import key_and_head, label_of
from proxy.store.key import Key, Span
from proxy.store.port import Head

KEY = Key("lobby", "main/7.ts", "https://a/7.ts", "run", 7)
FIELDS = (("Content-Type", "video/mp2t"), ("Vary", "a"), ("Vary", "b"))


@pytest.mark.parametrize("span", [None, Span(5, 9), Span(5, None)])
@pytest.mark.parametrize(
    "head", [Head(), Head(FIELDS, 1234.5, 60.0, 9), Head(FIELDS, 0.1, math.inf, None)]
)
def test_a_key_and_a_head_come_back(span: Span | None, head: Head) -> None:
    """With the same types, although JSON turns tuples into lists."""
    key = KEY._replace(span=span)
    label = json.loads(json.dumps(label_of(key, head), allow_nan=False))
    assert label == label_of(key, head)
    found = key_and_head(label)
    assert found == (key, head)
    assert hash(found) == hash((key, head))


@pytest.mark.parametrize(
    "label",
    [
        {},
        {"document": "lobby"},
        {**label_of(KEY, Head()), "key": ["lobby", None]},
        {**label_of(KEY, Head()), "key": 5},
        {**label_of(KEY, Head()), "headers": [["one"]]},
    ],
)
def test_another_label_is_not_a_resource(label: dict[str, object]) -> None:
    """A later version of this program may write other labels."""
    with pytest.raises(ValueError, match=r"no resource|not enough"):
        key_and_head(label)

"""Asset lists: only the URIs of assets change."""

import pytest

from proxy.core.hls.asset_list import localised
from proxy.errors import BadAnswerError

BASE = "https://ads.example/l/list.json"


def local(text: str) -> str:
    """Return the list with `P<u>` as names."""
    return localised(text, BASE, lambda url: f"P<{url}>")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '{"ASSETS": [ {"URI":"a.m3u8","DURATION":15.0} ]}',
            '{"ASSETS": [ {"URI":"P<https://ads.example/l/a.m3u8>","DURATION":15.0} ]}',
        ),
        (
            '{"ASSETS":[{"URI":"https:\\/\\/b.test\\/x y.m3u8#t"}]}',
            '{"ASSETS":[{"URI":"P<https://b.test/x%20y.m3u8>#t"}]}',
        ),
        ('{"ASSETS":[]}', '{"ASSETS":[]}'),
        ('{"ASSETS":[{"URI":"urn:x"}]}', '{"ASSETS":[{"URI":"urn:x"}]}'),
        ('{"ASSETS":{"URI":"a"},"URI":"b"}', '{"ASSETS":{"URI":"a"},"URI":"b"}'),
        (
            '{"ASSETS":[{"X":[{"URI":"a"}],"TRACK":{"URI":"b"}}]}',
            '{"ASSETS":[{"X":[{"URI":"a"}],"TRACK":{"URI":"b"}}]}',
        ),
        ('{"ASSETS":[{"URI":1e400}]}', '{"ASSETS":[{"URI":1e400}]}'),
    ],
)
def test_assets_get_local_names(before: str, after: str) -> None:
    """Escapes, blanks, numbers and unknown members stay unchanged."""
    assert local(before) == after


def test_invalid_json_is_never_passed_on() -> None:
    """It might contain addresses."""
    with pytest.raises(BadAnswerError):
        local('<VAST><MediaFile>"https://ads.example/a"</MediaFile></VAST>')


@pytest.mark.parametrize(
    "text",
    [
        '{"ASSETS":[%s]}',
        '{"ASSETS":[%s],"ASSETS":[]}',  # Python reads the last one, players may not
    ],
)
def test_a_list_may_have_a_thousand_assets(text: str) -> None:
    """Each is a name that is kept for hours."""
    asset = '{"URI":"a.m3u8"}'
    assert local(text % ",".join([asset] * 1000)).count("P<") == 1000
    with pytest.raises(BadAnswerError, match="fixed limit allows 1,000"):
        local(text % ",".join([asset] * 1001))

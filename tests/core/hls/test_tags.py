"""Which attributes of which tags are references."""

import pytest

from proxy.core.hls.tags import BARE, VERBATIM, UriForm, carriers, is_drm
from proxy.core.kind import Kind

REFERENCES = [
    ("EXT-X-STREAM-INF", "URI", Kind.PLAYLIST, UriForm.RELATIVE),
    ("EXT-X-MEDIA", "URI", Kind.PLAYLIST, UriForm.RELATIVE),
    ("EXT-X-I-FRAME-STREAM-INF", "URI", Kind.PLAYLIST, UriForm.RELATIVE),
    ("EXT-X-IMAGE-STREAM-INF", "URI", Kind.PLAYLIST, UriForm.RELATIVE),
    ("EXT-X-RENDITION-REPORT", "URI", Kind.PLAYLIST, UriForm.RELATIVE),
    ("EXT-X-KEY", "URI", Kind.KEY, UriForm.RELATIVE),
    ("EXT-X-SESSION-KEY", "URI", Kind.KEY, UriForm.RELATIVE),
    ("EXT-X-MAP", "URI", Kind.MAP, UriForm.RELATIVE),
    ("EXT-X-PART", "URI", Kind.PART, UriForm.RELATIVE),
    ("EXT-X-PRELOAD-HINT", "URI", Kind.PART, UriForm.RELATIVE),
    ("EXT-X-SESSION-DATA", "URI", Kind.SESSION_DATA, UriForm.RELATIVE),
    ("EXT-X-CONTENT-STEERING", "SERVER-URI", Kind.STEERING, UriForm.RELATIVE),
    ("EXT-X-DATERANGE", "X-ASSET-URI", Kind.PLAYLIST, UriForm.ABSOLUTE),
    ("EXT-X-DATERANGE", "X-ASSET-LIST", Kind.ASSET_LIST, UriForm.AS_WRITTEN),
    ("EXT-X-DATERANGE", "X-URI", Kind.OTHER, UriForm.AS_WRITTEN),
    ("EXT-X-FAXS-CM", "URI", Kind.OTHER, UriForm.RELATIVE),
    ("EXT-X-VENDOR", "URI", Kind.OTHER, UriForm.RELATIVE),
]


@pytest.mark.parametrize(("tag", "attribute", "kind", "form"), REFERENCES)
def test_references_in_tags(
    tag: str, attribute: str, kind: Kind, form: UriForm
) -> None:
    """RFC 8216bis, section 4.4, and vendors' tags with an attribute named URI."""
    carrier = carriers(tag.encode(), {})[attribute.encode()]
    assert (carrier.kind, carrier.form) == (kind, form)


@pytest.mark.parametrize("tag", sorted({row[0] for row in REFERENCES}))
def test_no_other_attribute_of_a_tag_is_a_reference(tag: str) -> None:
    """Elsewhere, an address is text for applications."""
    known = {row[1].encode() for row in REFERENCES if row[0] == tag}
    assert set(carriers(tag.encode(), {})) == known


@pytest.mark.parametrize("tag", sorted(VERBATIM))
def test_tags_without_references(tag: bytes) -> None:
    """They stay unchanged even if an attribute is named URI."""
    assert not carriers(tag, {})


def test_tags_whose_value_is_a_reference() -> None:
    """Prefetched segments of two vendors."""
    assert BARE == {
        b"EXT-X-PREFETCH": Kind.SEGMENT,
        b"EXT-X-TWITCH-PREFETCH": Kind.SEGMENT,
    }


@pytest.mark.parametrize(
    ("hint", "kind"), [("PART", Kind.PART), ("MAP", Kind.MAP), ("NEW", Kind.PART)]
)
def test_a_hint_has_the_kind_of_the_later_resource(hint: str, kind: Kind) -> None:
    """Its URI must equal that of the later tag, so its name must (4.4.5.3)."""
    assert carriers(b"EXT-X-PRELOAD-HINT", {"TYPE": hint})[b"URI"].kind is kind


def test_x_uri_is_an_asset_list_only_in_interstitials() -> None:
    """In other classes only the response shows what X-URI is (appendix F)."""
    preload = carriers(b"EXT-X-DATERANGE", {"CLASS": "com.apple.hls.preload"})
    assert preload[b"X-URI"].kind is Kind.ASSET_LIST
    assert carriers(b"EXT-X-DATERANGE", {"CLASS": "x"})[b"X-URI"].kind is Kind.OTHER


@pytest.mark.parametrize("tag", [b"EXT-X-KEY", b"EXT-X-SESSION-KEY"])
@pytest.mark.parametrize(
    ("attributes", "drm"),
    [
        ({"METHOD": "AES-128"}, False),
        ({"METHOD": "AES-128", "KEYFORMAT": "identity"}, False),
        ({"METHOD": "SAMPLE-AES"}, True),
        ({"METHOD": "SAMPLE-AES-CTR", "KEYFORMAT": "urn:uuid:edef"}, True),
        ({"METHOD": "AES-128", "KEYFORMAT": "com.vendor"}, True),
        ({"METHOD": "NONE"}, False),
        ({"METHOD": "NONE", "KEYFORMAT": "com.vendor"}, False),
        ({}, False),
    ],
)
def test_keys_are_references_for_any_keyformat(
    tag: bytes, attributes: dict[str, str], *, drm: bool
) -> None:
    """KEYFORMAT describes the resource of the URI (RFC 8216bis, 4.4.4.4)."""
    assert carriers(tag, attributes)[b"URI"].kind is Kind.KEY
    assert is_drm(attributes) is drm

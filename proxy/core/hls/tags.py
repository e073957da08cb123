"""Which tags contain references, in which attributes, and to what.

RFC 8216bis, section 4.4, and vendors' tags that are used in practice. Anything that is
not in this table stays unchanged, byte for byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from proxy.core.kind import Kind


class UriForm(Enum):
    """How the local reference has to be written."""

    RELATIVE = auto()
    """Relative: it works behind any host name, port and path prefix."""
    AS_WRITTEN = auto()
    """Absolute if the upstream's is absolute, so that equal references stay equal."""
    ABSOLUTE = auto()
    """Absolute, as the specification requires."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What an attribute refers to."""

    kind: Kind
    form: UriForm = UriForm.RELATIVE


Carriers = Mapping[bytes, Carrier]


def _uri(kind: Kind) -> Carriers:
    return MappingProxyType({b"URI": Carrier(kind)})


_NONE: Carriers = MappingProxyType({})
_MAP = _uri(Kind.MAP)
# All that is known of a vendor's tag is the name of its attribute, URI.
_VENDOR = _uri(Kind.OTHER)

STREAM_INF = b"EXT-X-STREAM-INF"
DEFINE = b"EXT-X-DEFINE"
_DATERANGE = b"EXT-X-DATERANGE"
_PRELOAD_HINT = b"EXT-X-PRELOAD-HINT"
KEYS = frozenset({b"EXT-X-KEY", b"EXT-X-SESSION-KEY"})

_CARRIERS: Mapping[bytes, Carriers] = {
    STREAM_INF: _uri(Kind.PLAYLIST),  # some old encoders repeat the URI line in it
    b"EXT-X-MEDIA": _uri(Kind.PLAYLIST),
    b"EXT-X-I-FRAME-STREAM-INF": _uri(Kind.PLAYLIST),
    b"EXT-X-IMAGE-STREAM-INF": _uri(Kind.PLAYLIST),
    b"EXT-X-RENDITION-REPORT": _uri(Kind.PLAYLIST),
    b"EXT-X-KEY": _uri(Kind.KEY),
    b"EXT-X-SESSION-KEY": _uri(Kind.KEY),
    b"EXT-X-MAP": _MAP,
    b"EXT-X-PART": _uri(Kind.PART),
    _PRELOAD_HINT: _uri(Kind.PART),
    b"EXT-X-SESSION-DATA": _uri(Kind.SESSION_DATA),
    b"EXT-X-CONTENT-STEERING": {b"SERVER-URI": Carrier(Kind.STEERING)},
    _DATERANGE: {
        b"X-ASSET-URI": Carrier(Kind.PLAYLIST, UriForm.ABSOLUTE),
        b"X-ASSET-LIST": Carrier(Kind.ASSET_LIST, UriForm.AS_WRITTEN),
        b"X-URI": Carrier(Kind.OTHER, UriForm.AS_WRITTEN),
    },
}
# A list of assets or a playlist: the response decides which of the two it is.
_PRELOAD: Carriers = MappingProxyType(
    {
        **_CARRIERS[_DATERANGE],
        b"X-URI": Carrier(Kind.ASSET_LIST, UriForm.AS_WRITTEN),
    }
)
_PRELOAD_CLASS = "com.apple.hls.preload"

BARE: Mapping[bytes, Kind] = {
    b"EXT-X-PREFETCH": Kind.SEGMENT,
    b"EXT-X-TWITCH-PREFETCH": Kind.SEGMENT,
}
"""Tags whose whole value is a reference."""

_VERBATIM = (
    # The specification's tags without a reference.
    "EXTM3U EXTINF EXT-X-VERSION EXT-X-INDEPENDENT-SEGMENTS EXT-X-START EXT-X-DEFINE "
    "EXT-X-TARGETDURATION EXT-X-MEDIA-SEQUENCE EXT-X-DISCONTINUITY-SEQUENCE "
    "EXT-X-ENDLIST EXT-X-PLAYLIST-TYPE EXT-X-I-FRAMES-ONLY EXT-X-PART-INF "
    "EXT-X-SERVER-CONTROL EXT-X-BYTERANGE EXT-X-DISCONTINUITY EXT-X-GAP "
    "EXT-X-BITRATE EXT-X-PROGRAM-DATE-TIME EXT-X-SKIP EXT-X-ALLOW-CACHE "
    # Vendors' tags: markers of advertisements, options of players, pictures.
    "EXT-X-CUE EXT-X-CUE-OUT EXT-X-CUE-OUT-CONT EXT-X-CUE-IN EXT-X-CUE-SPAN "
    "EXT-OATCLS-SCTE35 EXT-X-SCTE35 EXT-X-ASSET EXT-X-CUSTOM-URI "
    "EXT-X-PREFETCH-DISCONTINUITY EXT-X-TWITCH-INFO EXTVLCOPT EXTGRP "
    "EXT-X-TILES EXT-X-IMAGES-ONLY"
)
VERBATIM = frozenset(name.encode() for name in _VERBATIM.split())
"""Tags that never contain a reference, whatever their text looks like."""

_TABLE = {**dict.fromkeys(VERBATIM, _NONE), **_CARRIERS}


def carriers(tag: bytes, attributes: Mapping[str, str]) -> Carriers:
    """Return which attributes of a tag are references, and to what.

    The URI of a key is a reference whatever METHOD and KEYFORMAT say: FFmpeg requests
    it anyway, and so does hls.js if whole segments are encrypted. KEYFORMAT describes
    the resource behind it (RFC 8216bis, section 4.4.4.4). Identifiers of DRM systems
    are not web URLs.
    """
    if tag == _PRELOAD_HINT and attributes.get("TYPE") == "MAP":
        return _MAP  # the name must equal that of the following EXT-X-MAP
    if tag == _DATERANGE and attributes.get("CLASS") == _PRELOAD_CLASS:
        return _PRELOAD
    return _TABLE.get(tag, _VENDOR)


def is_drm(attributes: Mapping[str, str]) -> bool:
    """Return whether a key tag means content that only a DRM system can decrypt."""
    method = attributes.get("METHOD", "")
    if method == "NONE":
        return False
    return method.startswith("SAMPLE-AES") or not _is_identity(attributes)


def _is_identity(attributes: Mapping[str, str]) -> bool:
    return attributes.get("KEYFORMAT", "identity") == "identity"

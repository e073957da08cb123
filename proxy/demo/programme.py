"""What can be played, whatever protects it: each piece, and when it is available."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from proxy.demo import subtitles
from proxy.demo.media import AUDIO, PICTURES, Container, load
from proxy.demo.part_playlist import PartLinks
from proxy.demo.playlists import SUBTITLES, Links, media, multivariant
from proxy.demo.timeline import Timeline

LIVE_ID = "demo-live"
VOD_ID = "demo-vod"
ENCRYPTED = frozenset(picture.name for picture in PICTURES if picture.encrypted)

PIECE_NAME = r"init|\d{1,12}(?:\.\d{1,2})?"
"""The name of a piece, without what comes before and after it; `311.2` is a part."""

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
_BLOCK_BYTES = 16


@dataclass(frozen=True, slots=True)
class MediaPiece:
    """One resource: its bytes and its content type."""

    body: bytes
    content_type: str
    kept_seconds: int | None = None
    """How many seconds a cache may keep it; None: no such header is sent."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """Something that is not available yet: the epoch seconds at which to try again."""

    at: float


@dataclass(frozen=True, slots=True)
class Unable:
    """Why a request cannot be fulfilled."""

    status: int
    reason: str
    kept_seconds: int | None = None
    retry_seconds: int | None = None


Offered = MediaPiece | NotYet | Unable | None


class Playable(Protocol):
    """What a kind of protection needs to know about a programme."""

    @property
    def name(self) -> str:
        """Return the playback id."""
        ...

    @property
    def key(self) -> MediaPiece | None:
        """Return the AES-128 key, or None if nothing is encrypted."""
        ...

    def entry(self, links: Mapping[str, str], *, subtitles: bool) -> MediaPiece:
        """Return the entry playlist; `links` maps rendition names to references."""
        ...

    def playlist(
        self, links: PartLinks, *, now: float, query: str, since: float
    ) -> Offered:
        """Return a media playlist; the request came at `since`, in epoch seconds."""
        ...

    def piece(self, rendition: str, name: str, *, now: float) -> Offered:
        """Return the piece of this name (`PIECE_NAME`), if it exists."""
        ...

    def extension(self, rendition: str) -> str:
        """Return the extension of a rendition's segments."""
        ...

    def has_init(self, rendition: str) -> bool:
        """Return whether a rendition has an init section."""
        ...

    def encrypts(self, rendition: str) -> bool:
        """Return whether a rendition's segments are encrypted."""
        ...


class Programme:
    """A recording or a live stream, in one container."""

    def __init__(
        self,
        name: str,
        container: Container,
        timeline: Timeline,
        *,
        encrypted: frozenset[str] = ENCRYPTED,
    ) -> None:
        self.name = name
        self.container = container
        self._encrypted = encrypted
        self._timeline = timeline
        self._tracks = load(container)

    def entry(self, links: Mapping[str, str], *, subtitles: bool) -> MediaPiece:
        """Return the entry playlist; `links` maps rendition names to references."""
        text = multivariant(self._tracks, links, subtitles=subtitles)
        return MediaPiece(text.encode(), PLAYLIST_TYPE)

    def playlist(
        self,
        links: Links,
        *,
        now: float,
        query: str,  # noqa: ARG002 -- a Playable
        since: float,  # noqa: ARG002
    ) -> MediaPiece:
        """Return a media playlist as of `now`."""
        text = media(self._timeline.window(now), links)
        return MediaPiece(text.encode(), PLAYLIST_TYPE)

    def piece(self, rendition: str, name: str, *, now: float) -> MediaPiece | None:
        """Return an init section (`init`) or a segment (a number), if it exists."""
        if name == "init":
            return self._init(rendition)
        if not name.isdigit():
            return None
        return self._segment(rendition, int(name), now=now)

    def extension(self, rendition: str) -> str:
        """Return the extension of a rendition's segments."""
        return "vtt" if rendition == SUBTITLES else self.container

    def has_init(self, rendition: str) -> bool:
        """Return whether a rendition has an init section."""
        return rendition != SUBTITLES and self.container is Container.FMP4

    def encrypts(self, rendition: str) -> bool:
        """Return whether a rendition's segments are encrypted."""
        return rendition in self._encrypted

    @property
    def key(self) -> MediaPiece:
        """Return the AES-128 key of the encrypted renditions."""
        return MediaPiece(self._key, "application/octet-stream")

    @property
    def _key(self) -> bytes:
        return sha256(self.name.encode()).digest()[:_BLOCK_BYTES]

    def _init(self, rendition: str) -> MediaPiece | None:
        if rendition not in self._tracks or not self.has_init(rendition):
            return None
        kind = content_type(self.container, rendition)
        return MediaPiece(self._tracks[rendition].init, kind)

    def _segment(self, rendition: str, index: int, *, now: float) -> MediaPiece | None:
        if not self._timeline.has(index, now):
            return None
        if rendition == SUBTITLES:
            return MediaPiece(subtitles.segment(index).encode(), "text/vtt")
        if rendition not in self._tracks:
            return None
        body = self._tracks[rendition].segment(index)
        if self.encrypts(rendition):
            body = encrypt(body, self._key, index)
        return MediaPiece(body, content_type(self.container, rendition))


def content_type(container: Container, rendition: str) -> str:
    """Return the content type of a rendition's segments; subtitles are not included."""
    if container is Container.TS:
        return "video/mp2t"
    return "audio/mp4" if rendition == AUDIO else "video/mp4"


def encrypt(body: bytes, secret: bytes, index: int) -> bytes:
    """Encrypt a segment as HLS does (RFC 8216, sections 4.3.2.4 and 5.2)."""
    padder = PKCS7(8 * _BLOCK_BYTES).padder()
    encryptor = _cipher(secret, index).encryptor()
    padded = padder.update(body) + padder.finalize()
    return encryptor.update(padded) + encryptor.finalize()


def decrypt(body: bytes, secret: bytes, index: int) -> bytes:
    """Undo `encrypt`; raises ValueError if the key or the body is wrong."""
    decryptor = _cipher(secret, index).decryptor()
    unpadder = PKCS7(8 * _BLOCK_BYTES).unpadder()
    padded = decryptor.update(body) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


def _cipher(secret: bytes, index: int) -> Cipher[modes.CBC]:
    # Section 5.2: without an IV attribute, the media sequence number is the IV.
    return Cipher(algorithms.AES(secret), modes.CBC(index.to_bytes(_BLOCK_BYTES)))

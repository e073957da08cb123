"""Formulas of platforms, written independently, and settings for `sign-hash`."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from tests.tokens.signed import EXPIRES

KEY = b"\x01\x02key"
SEGMENT = "https://media.example.com/live/720p/seg%201.ts?b=2&a=1"
END = f"{EXPIRES:.0f}"


def unpadded(raw: bytes) -> str:
    """Encode as most of them do."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def padded(raw: bytes) -> str:
    """Encode as Google Cloud does."""
    return base64.urlsafe_b64encode(raw).decode()


def mac(text: str, algorithm: str = "sha256", key: bytes = KEY) -> bytes:
    """Return an HMAC."""
    return hmac.new(key, text.encode(), algorithm).digest()


def digest(text: str, algorithm: str = "md5") -> bytes:
    """Return a hash."""
    return hashlib.new(algorithm, text.encode()).digest()


def keyed(algorithm: str, text: str, **keys: object) -> dict[str, Any]:
    """Return the settings of an HMAC with `KEY`."""
    key = {"key": KEY.hex(), "key_encoding": "hex"}
    return {"algorithm": algorithm, "message": text, **key, **keys}


def plain(algorithm: str, text: str, **keys: object) -> dict[str, Any]:
    """Return the settings of a hash with the secret `pass` in its message."""
    return {"algorithm": algorithm, "message": text, "key": "pass", **keys}


Case = tuple[dict[str, Any], Mapping[str, str]]
"""The settings of a platform, and the token that it computes for `SEGMENT`."""

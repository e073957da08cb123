"""Signed credentials that contain what they open: policies, ACLs.

Verified with the public or shared key, following the platforms' documentation.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.providers.emulation.asks import Ask, Reason, RefusedError
from tests.providers.emulation.carriers import Shown
from tests.providers.emulation.checks import same


def matches(pattern: str, text: str) -> bool:
    """Return whether a pattern with `*` and `?` matches a whole text."""
    wild = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(wild, text) is not None


@dataclass(frozen=True, slots=True)
class CloudFront:
    """A canned or custom policy, in query parameters or cookies.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide, "Use signed
    URLs", "Use signed cookies".
    """

    public_key: str
    """PEM of an RSA key."""
    key_id: str

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Verify the policy, and that it is for this URL."""
        del now
        sent = {n.removeprefix("CloudFront-"): v for n, v in shown.items()}
        if sent["Key-Pair-Id"] != self.key_id:
            raise RefusedError(Reason.BAD)
        if "Policy" in sent:
            policy = _cloudfront_decoded(sent["Policy"])
        else:
            policy = _canned(f"{ask.origin}{ask.target}", sent["Expires"])
        self._verify(policy, sent)
        try:
            (statement,) = json.loads(policy)["Statement"]
            ends = float(statement["Condition"]["DateLessThan"]["AWS:EpochTime"])
            fits = matches(statement["Resource"], f"{ask.origin}{ask.target}")
        except (ValueError, LookupError, TypeError):
            raise RefusedError(Reason.BAD) from None
        if not fits:
            raise RefusedError(Reason.BAD)
        return ends

    def _verify(self, policy: bytes, sent: Shown) -> None:
        key = load_pem_public_key(self.public_key.encode())
        assert isinstance(key, rsa.RSAPublicKey)
        named = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}  # noqa: S303 - as there
        algorithm = named[sent.get("Hash-Algorithm", "SHA1")]
        signature = _cloudfront_decoded(sent["Signature"])
        try:
            key.verify(signature, policy, padding.PKCS1v15(), algorithm)
        except InvalidSignature:
            raise RefusedError(Reason.BAD) from None


def _canned(url: str, expires: str) -> bytes:
    condition = f'{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}'
    text = f'{{"Statement":[{{"Resource":"{url}","Condition":{condition}}}]}}'
    return text.encode()


def _cloudfront_decoded(text: str) -> bytes:
    return _decoded(text.translate(str.maketrans("-_~", "+=/")))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(Reason.BAD) from None


def _url_decoded(text: str) -> bytes:
    padded = text + "=" * (-len(text) % 4)
    return _decoded(padded.translate(str.maketrans("-_", "+/")))


@dataclass(frozen=True, slots=True)
class GoogleKey:
    """A key of Google's CDNs: HMAC of these bytes, or Ed25519 with this public key."""

    secret: bytes = field(default=b"", repr=False)
    digest: str = "sha1"
    public: bytes = b""

    def verifies(self, message: str, signature: bytes) -> bool:
        """Return whether a message was signed with the key."""
        if not self.public:
            made = hmac.digest(self.secret, message.encode(), self.digest)
            return hmac.compare_digest(made, signature)
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public)
            key.verify(signature, message.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class GoogleSigned:
    """A signed URL, prefix or cookie of Cloud CDN or Media CDN.

    https://cloud.google.com/cdn/docs/using-signed-urls, …/using-signed-cookies. For a
    URL alone, parameters are signed in the order in which they were sent.
    """

    key: GoogleKey
    key_name: str
    cookie: str = ""
    """The name of the cookie, if it is one."""

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Verify the signature, and that it is for this URL."""
        del now
        url = f"{ask.origin}{ask.target}"
        joint = ":" if self.cookie else "&"
        sent = _fields(shown[self.cookie], ":") if self.cookie else dict(shown)
        signature = sent.pop("Signature", "")
        message = joint.join(f"{name}={value}" for name, value in sent.items())
        if "URLPrefix" not in sent:
            message = f"{url}{'&' if ask.query else '?'}{message}"
        elif not url.startswith(_url_decoded(sent["URLPrefix"]).decode()):
            raise RefusedError(Reason.BAD)
        if not self.key.verifies(message, _url_decoded(signature)):
            raise RefusedError(Reason.BAD)
        if sent.get("KeyName") != self.key_name:
            raise RefusedError(Reason.BAD)
        return _time(sent.get("Expires", ""))


def _fields(text: str, joint: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(joint))
    return {name: value for name, _, value in pairs}


def _time(text: str) -> float:
    if not text.isdecimal():
        raise RefusedError(Reason.BAD)
    return float(text)


@dataclass(frozen=True, slots=True)
class MediaCdnToken:
    """A token of Media CDN (https://cloud.google.com/media-cdn/docs/generate-tokens)."""

    key: GoogleKey
    name: str = "edge-cache-token"

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Verify the signature, and that it is for this path."""
        text, _, proof = shown[self.name].rpartition("~")
        sent = _fields(text, "~")
        name, _, value = proof.partition("=")
        signature = _hex(value) if name == "hmac" else _url_decoded(value)
        message = text
        if "FullPath" in sent:
            message = text.replace("FullPath", f"FullPath={ask.path}", 1)
        if not self.key.verifies(message, signature):
            raise RefusedError(Reason.BAD)
        globs = re.split("[,!]", sent.get("PathGlobs", ask.path))
        prefix = _url_decoded(sent.get("URLPrefix", "")).decode()
        fits = any(matches(glob, ask.path) for glob in globs)
        if not fits or not f"{ask.origin}{ask.path}".startswith(prefix):
            raise RefusedError(Reason.BAD)
        if _time(sent.get("Starts", "0")) > now:
            raise RefusedError(Reason.BAD)
        return _time(sent.get("Expires", ""))


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise RefusedError(Reason.BAD) from None


@dataclass(frozen=True, slots=True)
class EdgeAuth:
    """A token of Akamai's EdgeAuth 2.0 (https://github.com/akamai/EdgeAuth-Token-Python).

    As an issuer, it is the long token `hdntl` that Akamai itself makes.
    """

    key: str = field(repr=False)
    """Hexadecimal."""
    name: str = "hdnts"
    _: KW_ONLY
    acl: str = "%2f*"
    """The ACL of an issued token: escaped, because it may be part of a path."""
    seconds: float = 0.0
    """The lifetime of an issued token, in seconds."""
    salt: str = ""

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Verify the hash, and that the ACL has this path."""
        text, _, proof = shown[self.name].rpartition("~hmac=")
        sent = _fields(text, "~")
        if not same(proof, self._hmac(text, ask, sent)):
            raise RefusedError(Reason.BAD)
        acls = unquote(sent.get("acl", ask.path)).split("!")
        if not any(matches(acl, ask.path) for acl in acls):
            raise RefusedError(Reason.BAD)
        if sent.get("ip", ask.client) != ask.client or _time(sent.get("st", "0")) > now:
            raise RefusedError(Reason.BAD)
        return _time(sent.get("exp", ""))

    def issue(self, ask: Ask, now: float) -> str:
        """Return a long token."""
        text = f"exp={int(now + self.seconds)}~acl={self.acl}"
        return f"{text}~hmac={self._hmac(text, ask, {'acl': self.acl})}"

    def _hmac(self, text: str, ask: Ask, sent: Mapping[str, str]) -> str:
        url = "" if "acl" in sent else f"~url={ask.path}"
        salt = f"~salt={self.salt}" if self.salt else ""
        message = f"{text}{url}{salt}".encode()
        return hmac.digest(bytes.fromhex(self.key), message, "sha256").hex()

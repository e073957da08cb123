"""What credential programs print, and the token in it.

Kubernetes: client.authentication.k8s.io, ExecCredential. AWS: credential_process.
Google: executable-sourced credentials. For other JSON, the configuration says where the
token is. Plain text is itself the token.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.sources.layout import Layout, TokenTimes, parsed


class OutputFormat(StrEnum):
    """The format of an output."""

    AUTO = "auto"
    """Detected from the output."""
    KUBERNETES = "kubernetes"
    AWS = "aws"
    GOOGLE = "google"
    JSON = "json"
    TEXT = "text"


AWS_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "access_key_id": "/AccessKeyId",
        "secret_access_key": "/SecretAccessKey",
        "session_token": "/SessionToken",
    }
)
"""The fields of a token from AWS, and where they are."""

_GOOGLE_TYPES = {
    "urn:ietf:params:oauth:token-type:id_token": "/id_token",
    "urn:ietf:params:oauth:token-type:jwt": "/id_token",
    "urn:ietf:params:oauth:token-type:saml2": "/saml_response",
}
_OBJECT = b"{"
_OUTPUT = "its output"


def printed_token(
    text: bytes, form: OutputFormat, layout: Layout, times: TokenTimes
) -> Token:
    """Return the token in an output; raise `SourceError` if there is none.

    `layout` says where it is in JSON of no known format; its `ttl` applies to all
    formats.
    """
    if form is OutputFormat.AUTO:
        form = _form_of(text, layout)
    match form:
        case OutputFormat.TEXT:
            where = Layout()
        case OutputFormat.JSON:
            where = layout
        case OutputFormat.KUBERNETES:
            where = _kubernetes(_object(text))
        case OutputFormat.AWS:
            where = _aws(_object(text))
        case OutputFormat.GOOGLE:
            where = _google(_object(text))
    return replace(where, ttl=layout.ttl, subject=_OUTPUT).token(text, times)


def _form_of(text: bytes, layout: Layout) -> OutputFormat:
    if not layout.plain:
        return OutputFormat.JSON
    if not text.lstrip().startswith(_OBJECT):
        return OutputFormat.TEXT
    known = _object(text)
    if known.get("kind") == "ExecCredential":
        return OutputFormat.KUBERNETES
    if "success" in known:
        return OutputFormat.GOOGLE
    if "AccessKeyId" in known:
        # Its fields have other names, which placements must use.
        raise SourceError('its output has AWS keys; expected format = "aws"')
    raise SourceError("its output is JSON of an unknown form; expected fields")


def _object(text: bytes) -> Mapping[str, object]:
    document = parsed(text, _OUTPUT)
    if not isinstance(document, dict):
        raise SourceError("its output is JSON, but not an object")
    return document


def _kubernetes(document: Mapping[str, object]) -> Layout:
    if document.get("kind") != "ExecCredential":
        raise SourceError("its output is not an ExecCredential")
    return Layout(
        {"token": "/status/token"},
        expires_at="/status/expirationTimestamp",
        optional=True,
    )


def _aws(document: Mapping[str, object]) -> Layout:
    if document.get("Version") != 1:
        raise SourceError("its output has AWS keys of a version other than 1")
    fields = dict(AWS_FIELDS)
    if document.get("SessionToken") is None:
        # Keys that never expire have no session token.
        del fields["session_token"]
    return Layout(fields, expires_at="/Expiration", optional=True)


def _google(document: Mapping[str, object]) -> Layout:
    if document.get("version") != 1:
        raise SourceError("its output is a Google credential of a version other than 1")
    if document.get("success") is not True:
        raise SourceError("its output says that it failed")
    pointer = _GOOGLE_TYPES.get(str(document.get("token_type")))
    if pointer is None:
        raise SourceError(
            "its output is a Google credential with an unknown token_type"
        )
    return Layout({"token": pointer}, expires_at="/expiration_time", optional=True)

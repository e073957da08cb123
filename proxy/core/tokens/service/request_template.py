"""A request with placeholders: the parts of a URL, of headers and of a body."""

import base64
import json
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Protocol
from urllib.parse import quote, urlencode

from proxy.core.tokens.service.messages import ServiceRequest, first
from proxy.core.tokens.templates import nested
from proxy.core.tokens.templates.template import fill

Values = Mapping[str, str]


class Body(Protocol):
    """A body with placeholders."""

    @property
    def content_type(self) -> str:
        """The content type, unless the headers set another one."""
        ...

    def filled(self, values: Values) -> bytes:
        """Return the body with its values."""
        ...


@dataclass(frozen=True, slots=True)
class TextBody:
    """A body of plain text; values are inserted unchanged."""

    text: str = field(repr=False)
    content_type: str = "text/plain; charset=utf-8"

    def filled(self, values: Values) -> bytes:
        """Return the body with its values."""
        return fill(self.text, values).encode()


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A JSON value; its strings may have placeholders at any depth."""

    value: nested.Json = field(repr=False)
    content_type: str = "application/json"

    def filled(self, values: Values) -> bytes:
        """Return the body with its values."""
        return json.dumps(nested.fill(self.value, values)).encode()


@dataclass(frozen=True, slots=True)
class FormBody:
    """The fields of a form."""

    fields: Mapping[str, str] = field(repr=False)
    content_type: str = "application/x-www-form-urlencoded"

    def filled(self, values: Values) -> bytes:
        """Return the body with its values."""
        filled = {name: fill(text, values) for name, text in self.fields.items()}
        return urlencode(filled).encode()


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A request with placeholders.

    Values are encoded for their place, so they cannot change the rest of the request.
    """

    method: str
    url: str = field(repr=False)
    _: KW_ONLY
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Body | None = None
    user: str | None = None
    """The user for Basic authentication."""
    password: str = field(default="{secret}", repr=False)
    """The password for Basic authentication."""

    def filled(self, values: Values) -> ServiceRequest:
        """Return the request with its values."""
        headers = [(name, fill(text, values)) for name, text in self.headers.items()]
        if self.user is not None:
            user, password = fill(self.user, values), fill(self.password, values)
            headers.append(("Authorization", basic(user, password)))
        if self.body is not None and first(headers, "content-type") is None:
            headers.append(("Content-Type", self.body.content_type))
        if first(headers, "accept") is None:
            headers.append(("Accept", "application/json, */*;q=0.5"))
        quoted = {name: quote(value, safe="") for name, value in values.items()}
        return ServiceRequest(
            self.method,
            fill(self.url, quoted),
            headers=tuple(headers),
            body=None if self.body is None else self.body.filled(values),
            filled=frozenset(values.values()),
        )


def basic(user: str, password: str) -> str:
    """Return the value of a header for Basic authentication (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

"""A request with holes: the parts of a URL, of headers and of a body."""

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
    """A body with holes."""

    @property
    def content_type(self) -> str:
        """What it is, unless the headers say otherwise."""
        ...

    def filled(self, values: Values) -> bytes:
        """Return the body."""
        ...


@dataclass(frozen=True, slots=True)
class TextBody:
    """A body as it is written; values go in as they are."""

    text: str = field(repr=False)
    content_type: str = "text/plain; charset=utf-8"

    def filled(self, values: Values) -> bytes:
        """Return the body."""
        return fill(self.text, values).encode()


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A table; its texts have holes, however deep."""

    value: nested.Json = field(repr=False)
    content_type: str = "application/json"

    def filled(self, values: Values) -> bytes:
        """Return the body."""
        return json.dumps(nested.fill(self.value, values)).encode()


@dataclass(frozen=True, slots=True)
class FormBody:
    """The fields of a form."""

    fields: Mapping[str, str] = field(repr=False)
    content_type: str = "application/x-www-form-urlencoded"

    def filled(self, values: Values) -> bytes:
        """Return the body."""
        filled = {name: fill(text, values) for name, text in self.fields.items()}
        return urlencode(filled).encode()


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A request with holes. What is filled in cannot break out of its place."""

    method: str
    url: str = field(repr=False)
    _: KW_ONLY
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Body | None = None
    user: str | None = None
    """The user of Basic authentication."""
    password: str = field(default="{secret}", repr=False)
    """Its password."""

    def filled(self, values: Values) -> ServiceRequest:
        """Return the request."""
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

"""What requests to token services have in common: their URLs and credentials."""

from typing import Annotated

from pydantic import AfterValidator

from proxy.core.http import uri
from proxy.core.tokens.templates import template
from proxy.settings.errors.mistakes import Mistake, Wrong, wrong
from proxy.settings.values.origins import checked_url
from proxy.settings.values.placeholders import MEMBER


def _service_url(url: str) -> str:
    authority = uri.split(url).authority or ""
    if "@" in authority:
        raise wrong(
            "has a user before the host", "expected a URL without user and password"
        )
    return url


ServiceUrl = Annotated[str, AfterValidator(_service_url)]
"""The URL of a token service, with placeholders."""


def url_mistake(url: str, open_holes: frozenset[str], key: str) -> Mistake | None:
    """Return what is wrong with a URL; only `open_holes` may still be unfilled."""
    held = template.holes(uri.split(url).authority or "") & (open_holes | {MEMBER})
    if held:
        # Neither a player nor a secret may choose the host.
        found = f"has {{{min(held)}}} in its host"
        return Mistake(found, "expected it in the path or the query", (key,))
    values = dict.fromkeys(open_holes | {MEMBER}, "x")
    try:
        checked_url(template.fill(url, values))
    except Wrong as exc:
        return exc.mistakes[0]._replace(key=(key,))
    return None

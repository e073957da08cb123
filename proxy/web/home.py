"""The page for people: a list of the streams, and the URLs to open in a player."""

from collections.abc import Iterable, Iterator
from html import escape
from string import Template

from proxy.core.http.paths import ENTRY
from proxy.streams.status import StreamStatus
from proxy.web.configuration import ConfigurationStatus
from proxy.web.reply import WholeReply

_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Type", "text/html; charset=utf-8"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ),
    # The page's URL holds the access key, if there is one.
    ("Referrer-Policy", "no-referrer"),
)

_PAGE = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>hls-auth-proxy</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid #8888 }
code { overflow-wrap: anywhere }
</style>
<h1>hls-auth-proxy</h1>
<p>Open a URL in a player. It does not expire.
<table>
<tr><th>Stream<th>URL<th>Token<th>Last problem
$rows
</table>
$configuration
""")


def home(
    statuses: Iterable[StreamStatus],
    base_url: str,
    configuration: ConfigurationStatus | None = None,
) -> WholeReply:
    """Return the page; `base_url` is the URL by which the browser reached us."""
    rows = "\n".join(_row(status, base_url) for status in statuses)
    told = "\n".join(_configuration(configuration)) if configuration else ""
    page = _PAGE.substitute(rows=rows, configuration=told)
    return WholeReply(200, _HEADERS, body=page.encode())


def _configuration(configuration: ConfigurationStatus) -> Iterator[str]:
    """Yield what an operator should know about the configuration; mostly nothing."""
    if configuration.problems:
        yield "<p>The new configuration is refused. The one before goes on."
        yield "<ul>"
        yield from (f"<li>{escape(each)}" for each in configuration.problems)
        yield "</ul>"
    if configuration.waiting_for_restart:
        keys = ", ".join(configuration.waiting_for_restart)
        yield f"<p>Takes effect at a restart: <code>{escape(keys)}</code>"


def _row(status: StreamStatus, base_url: str) -> str:
    member = "/{id}" if status.family else ""
    url = f"{base_url}/{status.name}{member}/{ENTRY}"
    shown = f"<code>{escape(url)}</code>"
    if not status.family:
        shown = f'<a href="{escape(url)}">{shown}</a>'
    return (
        f"<tr><td>{escape(status.name)}<td>{shown}"
        f"<td>{_token(status)}<td>{escape(status.last_problem or '')}"
    )


def _token(status: StreamStatus) -> str:
    if status.family:
        return f"{status.members} in use"
    if status.token_usable is None:
        return "none needed"
    if not status.token_usable:
        return (
            "none while nobody plays; the next player waits for one"
            if status.token_cold
            else "not usable"
        )
    left = status.token_seconds_left
    return "usable" if left is None else f"usable for {left:.0f} s"

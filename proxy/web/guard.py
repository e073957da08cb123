"""Refuse requests for reasons that do not depend on the path."""

from dataclasses import replace
from functools import lru_cache
from itertools import chain

from aiohttp import HttpVersion10, hdrs, web

from proxy.core.http.fetch_metadata import is_active
from proxy.core.http.hosts import Hosts, parse, plain
from proxy.core.http.listening import Address
from proxy.web.access import Access
from proxy.web.cors import METHODS, Cors
from proxy.web.reply import WholeReply, refusal

# aiohttp limits the length of each line and their number, but not the total.
HEAD_BYTES = 64 * 1024

_REMEMBERED = 1024
_NETWORKS = "server.allowed_networks"

_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


class Guard:
    """Checks target, host, method and body, size, address and page, in this order."""

    def __init__(self, hosts: Hosts, access: Access, cors: Cors) -> None:
        self.access = access
        self.cors = cors
        self._hosts = hosts
        # Constant for one connection, and there are few hosts and addresses.
        self._is_ours = lru_cache(_REMEMBERED)(self._is_ours_at)
        self._admits = lru_cache(_REMEMBERED)(access.admits)

    def refusal(
        self, request: web.BaseRequest, *, known: bool = False
    ) -> WholeReply | None:
        """Return the refusal of a request, or None.

        `known` means that a request with exactly the same fields was accepted on this
        connection. Then only the first line and the body are checked.
        """
        if known:
            return _target(request) or _form(request)
        return (
            _target(request)
            or self._host(request)
            or _form(request)
            or _size(request)
            or self._stranger(request)
        )

    def _host(self, request: web.BaseRequest) -> WholeReply | None:
        hosts, local = request.headers.getall(hdrs.HOST, ()), _end(request, "sockname")
        if not hosts and request.version == HttpVersion10 and local is not None:
            # Old set-top boxes send no Host. Every browser does, so no web page can
            # reach this point. The connection came in on an address we listen on.
            return None
        if len(hosts) != 1 or not hosts[0]:
            return refusal(400, "no Host field, or more than one")
        if not self._is_ours(hosts[0], local):
            return _misdirected(hosts[0], local[1] if local else 0)
        return None

    def _stranger(self, request: web.BaseRequest) -> WholeReply | None:
        peer, local = _end(request, "peername"), _end(request, "sockname")
        if peer is None or not self._admits(peer[0], local[0] if local else ""):
            detail = f"{plain(peer[0]) if peer else 'nobody'} is not in {_NETWORKS}"
            return _explained(refusal(403, "address not allowed"), detail)
        if self.cors.refuses(request.headers, host=asked_as(request)):
            page = self.cors.page(request.headers)
            detail = f"{page} is not in server.cors_origins"
            return _explained(refusal(403, "web page not allowed"), detail)
        if is_active(dest := request.headers.get("Sec-Fetch-Dest", "")):
            detail = f"a web page may not load this as {dest}"
            return _explained(refusal(403, "framed or run by a web page"), detail)
        return None

    def _is_ours_at(self, host: str, local: tuple[str, int] | None) -> bool:
        return local is not None and self._hosts.ours(
            host, address=local[0], port=local[1]
        )


def asked_as(request: web.BaseRequest) -> str:
    """Return the host, with its port, that a request used for the proxy.

    If an HTTP/1.0 request has none: the address that the connection came in on.
    """
    host, local = request.headers.get(hdrs.HOST, ""), _end(request, "sockname")
    return host if host or local is None else str(Address(plain(local[0]), local[1]))


def _explained(reply: WholeReply, detail: str) -> WholeReply:
    """Return the reply with the reason added, for the log and in its body."""
    body = reply.body + f"\n{detail}\n".encode()
    return replace(reply, body=body, detail=detail)


def _misdirected(text: str, port: int) -> WholeReply:
    """Return a refusal with the requested name and the setting that would allow it."""
    host = parse(text)
    # A text that parses as a host is safe to show in a page or a log.
    malformed = "The Host field is malformed.\n"
    told = malformed if host is None else _advice(text, host.setting(port))
    reply = refusal(421, "host name not allowed")
    detail = "malformed" if host is None else f"{text} is not in server.hosts"
    return replace(reply, body=reply.body + b"\n" + told.encode(), detail=detail)


def _advice(asked: str, setting: str) -> str:
    return (
        f"You asked for {asked}. hls-auth-proxy answers only to names that it knows:\n"
        "otherwise any web page could read from it through a name of its own.\n"
        "If this name is meant to lead here, add it to the configuration:\n"
        f'\n[server]\nhosts = ["{setting}"]\n'
    )


def _target(request: web.BaseRequest) -> WholeReply | None:
    if is_path(request.raw_path):
        return None
    return refusal(400, "target is not a path")


def is_path(target: str) -> bool:
    """Return whether the target of a request is a path, perhaps with a query.

    GET http://elsewhere/x is meant for a forward proxy; `*` names no resource.
    """
    return target.startswith("/") and target.isascii() and "#" not in target


def _form(request: web.BaseRequest) -> WholeReply | None:
    if request.method not in _METHODS:
        return refusal(405, "method", (hdrs.ALLOW, METHODS))
    if request.body_exists:
        return refusal(413, "request with a body", (hdrs.CONNECTION, "close"))
    return None


def _size(request: web.BaseRequest) -> WholeReply | None:
    if sum(map(len, chain.from_iterable(request.raw_headers))) > HEAD_BYTES:
        return refusal(431, "header too large")
    return None


def _end(request: web.BaseRequest, which: str) -> tuple[str, int] | None:
    """Return address and port of one end of the connection; None if it is closed."""
    if request.transport is None:
        return None
    found = request.transport.get_extra_info(which)
    return (found[0], found[1]) if found else None

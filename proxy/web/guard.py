"""What is refused before anybody looks at the path."""

from dataclasses import dataclass

from aiohttp import hdrs, web

from proxy.core.hosts import Hosts
from proxy.web.access import Access
from proxy.web.cors import METHODS, Cors
from proxy.web.reply import Reply, refusal

# aiohttp bounds each line and their number; a head of so many long ones has no use.
HEAD_BYTES = 64 * 1024

_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses by form, host, method, address and page, in this order."""

    hosts: Hosts
    access: Access
    cors: Cors

    def refusal(self, request: web.BaseRequest) -> Reply | None:
        """Return why the request is refused, or None."""
        target, hosts = request.raw_path, request.headers.getall(hdrs.HOST, [])
        # GET http://elsewhere/x is meant for a forward proxy, and `*` for nobody.
        if not (target.startswith("/") and target.isascii()) or "#" in target:
            return refusal(400, "target is no path")
        if len(hosts) != 1 or not hosts[0]:
            return refusal(400, "no host")
        if not self._is_ours(request, hosts[0]):
            return refusal(421, "foreign host")
        return (
            _form(request)
            or self._stranger(request)
            or self._foreign_page(request, hosts[0])
        )

    def _is_ours(self, request: web.BaseRequest, host: str) -> bool:
        local = _end(request, "sockname")
        return local is not None and self.hosts.ours(
            host, address=local[0], port=local[1]
        )

    def _stranger(self, request: web.BaseRequest) -> Reply | None:
        peer = _end(request, "peername")
        if peer is None or not self.access.admits(peer[0]):
            return refusal(403, "foreign address")
        return None

    def _foreign_page(self, request: web.BaseRequest, host: str) -> Reply | None:
        if self.cors.refuses(request.headers, host=host):
            return refusal(403, "foreign page")
        return None


def _form(request: web.BaseRequest) -> Reply | None:
    if request.method not in _METHODS:
        return refusal(405, "method", (hdrs.ALLOW, METHODS))
    if request.body_exists:
        return refusal(413, "request with a body", (hdrs.CONNECTION, "close"))
    if sum(len(name) + len(value) for name, value in request.raw_headers) > HEAD_BYTES:
        return refusal(431, "long head")
    return None


def _end(request: web.BaseRequest, which: str) -> tuple[str, int] | None:
    """Return address and port of one end of the connection, if it is still there."""
    if request.transport is None:
        return None
    found = request.transport.get_extra_info(which)
    return (found[0], found[1]) if found else None

"""Connections, and the addresses that they may go to (S3, S16)."""

import asyncio
import ssl
from pathlib import Path

import pytest

from proxy.core.http.addresses import AddressPolicy
from proxy.core.tokens.placing.rule import Stamped
from proxy.errors import AddressRefusedError, UnreachableError
from proxy.upstream.pools import MOST_POOLS, Pools
from tests.raw_origin import RawOrigin, answer
from tests.upstream.asking import Names, question, way_to

LOOPBACK = {
    "cam.example.com": "127.0.0.1",
    "evil.example.org": "127.0.0.1",
    "mapped.example.org": "::ffff:127.0.0.1",
    "nat64.example.org": "64:ff9b::7f00:1",
    "meta.example.org": "169.254.169.254",
}


@pytest.mark.parametrize("name", [*LOOPBACK][1:])
async def test_s3_a_name_with_a_private_address_is_not_connected_to(
    name: str,
) -> None:
    """The address is checked before any packet is sent."""
    async with (
        RawOrigin(answer()) as origin,
        way_to("https://cam.example.com", public=True, names=LOOPBACK) as way,
    ):
        with pytest.raises(AddressRefusedError):
            await way.status(question(origin.url(host=name)))
        assert origin.connections == 0
        assert [told.failure for told in way.told] == ["destination_ip_prohibited"]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1", "0x7f.1"],
)
async def test_s3_a_forbidden_address_gets_no_request(host: str) -> None:
    """However it is written."""
    async with (
        RawOrigin(answer()) as origin,
        way_to("https://cam.example.com", public=True) as way,
    ):
        with pytest.raises(AddressRefusedError):
            await way.status(question(origin.url(host=host)))
        assert origin.connections == 0
        assert way.told == []


async def test_s3_a_configured_origin_may_have_a_private_address() -> None:
    """As an address or as a name: the configuration allows it."""
    async with RawOrigin(answer()) as origin:
        urls = [origin.url(), origin.url(host="cam.example.com")]
        async with way_to(*urls, names=LOOPBACK) as way:
            assert [await way.status(question(url)) for url in urls] == [200, 200]


async def test_s16_another_name_does_not_reach_a_configured_private_origin() -> None:
    """Neither by its address nor over an idle connection in the pool."""
    async with RawOrigin(answer()) as origin:
        own = origin.url(host="cam.example.com")
        async with way_to(own, public=True, names=LOOPBACK) as way:
            assert await way.status(question(own)) == 200
            with pytest.raises(AddressRefusedError):
                await way.status(question(origin.url(host="evil.example.org")))
            assert await way.status(question(own)) == 200
        assert [heard.connection for heard in origin.heard] == [1, 1]


async def test_s16_the_policy_applies_to_a_token_that_is_a_url() -> None:
    """The address of the connection counts, not the requested one."""
    async with RawOrigin(answer()) as origin:
        own = origin.url(host="cam.example.com")
        elsewhere = Stamped(origin.url(host="evil.example.org"), carried=True)
        async with way_to(own, public=True, names=LOOPBACK) as way:
            with pytest.raises(AddressRefusedError):
                await way.status(question(own, stamp=lambda _: elsewhere))
        assert origin.connections == 0


async def test_s16_streams_share_no_connection() -> None:
    """The strict stream may not use a connection of the other one."""
    async with RawOrigin(answer()) as origin:
        url = origin.url(host="cam.example.com")
        strict = way_to("https://other.example.net", public=True, names=LOOPBACK)
        async with way_to(url, names=LOOPBACK) as lax, strict as way:
            assert await lax.status(question(url)) == 200
            with pytest.raises(AddressRefusedError):
                await way.status(question(url))
        assert origin.connections == 1


async def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    """This differs from a forbidden name."""
    async with way_to("http://nowhere.example.com", names={}) as way:
        with pytest.raises(UnreachableError):
            await way.status(question("http://nowhere.example.com/"))
        assert way.told[0].failure == "dns_error"


async def test_cookies_of_the_upstream_are_not_kept() -> None:
    """Nor sent back: a cookie jar would mix players and origins."""
    reply = answer(b"", "Set-Cookie: a=canary")
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        await way.status(question(origin.url()))
        await way.status(question(origin.url()))
        assert origin.heard[1].values("Cookie") == []


async def test_the_environment_has_no_effect(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a proxy nor a netrc of the machine is used."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with RawOrigin(answer()) as origin, way_to(origin.url()) as way:
        assert await way.status(question(origin.url())) == 200
        assert origin.heard[0].values("Authorization") == []


async def test_certificates_are_verified(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    """With the machine's authorities, or with given ones."""
    async with RawOrigin(answer(), tls=server_tls) as origin:
        url = origin.url(host="cam.example.com")
        async with way_to(url, names=LOOPBACK) as way:
            with pytest.raises(UnreachableError):
                await way.status(question(url))
            assert way.told[0].failure == "tls_certificate_error"
        async with way_to(url, names=LOOPBACK, tls=client_tls) as way:
            assert await way.status(question(url)) == 200


async def test_closing_ends_all_connections() -> None:
    """In both pools; closing an unused upstream is harmless."""
    async with RawOrigin(answer()) as origin:
        async with way_to(origin.url()) as way:
            await way.status(question(origin.url()))
        async with way_to(origin.url()):
            pass
    await Names({}).close()


async def test_the_number_of_pools_is_limited() -> None:
    """Segments on many hosts do not keep a pool for each of them."""
    pools = Pools(AddressPolicy(frozenset(), public=True))
    leases = [pools.lease(f"http://{n}.example.com/") for n in range(MOST_POOLS + 1)]
    opened = [lease.connector for lease in leases]
    assert not opened[0].closed  # its answer is still being read
    leases[0].release()
    await asyncio.sleep(0)
    assert opened[0].closed
    assert pools.lease("http://1.example.com/").connector is opened[1]
    await pools.close()
    assert all(connector.closed for connector in opened)


async def test_a_url_without_a_valid_host_opens_no_pool() -> None:
    """Nor does it evict one."""
    pools = Pools(AddressPolicy(frozenset(), public=True))
    for _ in range(2):
        with pytest.raises(AddressRefusedError):
            pools.lease("https://h:x/")
        with pytest.raises(AddressRefusedError):
            pools.fresh("https://h:x/")
    await pools.close()


async def test_nothing_is_opened_after_closing() -> None:
    """A request that runs while the program ends gets an error."""
    pools = Pools(AddressPolicy(frozenset(), public=True))
    await pools.close()
    with pytest.raises(UnreachableError):
        pools.lease("http://cam.example.com/")


async def test_a_pool_found_dead_twice_is_replaced_once() -> None:
    """The second report does not affect the new pool."""
    pools = Pools(AddressPolicy(frozenset(), public=True))
    url = "http://cam.example.com/"
    one, two = pools.lease(url), pools.lease(url)
    one.condemn()
    newer = pools.lease(url)
    two.condemn()
    assert pools.lease(url).connector is newer.connector is not two.connector
    await pools.close()

"""What a hop looks like on the wire."""

from dataclasses import replace

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from proxy.core.http.headers import to_upstream
from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Stamped
from proxy.errors import AddressRefusedError, UnreachableError
from proxy.upstream.entry_visit import EntryVisit
from proxy.upstream.redirects import Hop
from proxy.upstream.session import Sessions
from proxy.upstream.wire import exact, fields_of, request_of
from tests.raw_origin import RawOrigin, answer
from tests.upstream.asking import AGENT, plain, question, way_to

HEADERS = (("Range", "bytes=0-9"), ("CMCD-Request", "bl=1"))


def hop(url: str, *headers: tuple[str, str]) -> Hop:
    """Return a hop that carries these headers."""
    return Hop(url, Stamped(url, headers, carried=True), frozenset())


@pytest.mark.parametrize(
    "target",
    [
        "/a%2Bb%2f%2F%7E%7e%28%29()+*~;=@:!$,'&%zz",
        "/x?Policy=a_-~&Signature=b%2B%2F%3D&Key-Pair-Id=c&a=1&a=1&b&c=",
        "/lone?",
        "/two??x=?",
        "//double//slash/../dots/./",
        "/?",
        "/a?b=http://h/p?q",
    ],
)
async def test_the_target_is_sent_unchanged(target: str) -> None:
    """Signatures cover the bytes as they were written."""
    async with RawOrigin(answer()) as origin, way_to(origin.url()) as way:
        await way.status(question(origin.url(target)))
        assert origin.heard[0].target == target


@pytest.mark.parametrize(
    ("url", "target"),
    [("{}", "/"), ("{}?x=1", "/?x=1"), ("{}/a#fragment", "/a")],
)
async def test_an_empty_path_is_a_slash_and_fragments_are_not_sent(
    url: str, target: str
) -> None:
    """They are not part of a target."""
    async with RawOrigin(answer()) as origin, way_to(origin.url()) as way:
        await way.status(question(url.format(origin.url(""))))
        assert origin.heard[0].target == target


async def test_only_the_expected_fields_are_sent() -> None:
    """The player's, our own and the token's: nothing else, nothing twice."""
    async with RawOrigin(answer()) as origin, way_to(origin.url()) as way:
        await way.status(question(origin.url("/s.ts"), headers=HEADERS))
        assert sorted(origin.heard[0].fields) == [
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            ("CMCD-Request", "bl=1"),
            ("Host", f"127.0.0.1:{origin.port}"),
            ("Range", "bytes=0-9"),
            ("User-Agent", AGENT),
        ]


@pytest.mark.parametrize(
    ("kind", "codings"),
    [
        (Kind.ENTRY, "gzip, deflate, br, zstd"),
        (Kind.PLAYLIST, "gzip, deflate, br, zstd"),
        (Kind.STEERING, "gzip, deflate, br, zstd"),
        (Kind.SEGMENT, "identity"),
        (Kind.KEY, "identity"),
    ],
)
def test_codings_are_accepted_only_for_decoded_bodies(kind: Kind, codings: str) -> None:
    """Media is passed on as it is stored, and is already compressed."""
    asked = question("https://h/x", kind=kind)
    assert fields_of(asked, hop(asked.url), AGENT)["Accept-Encoding"] == codings


def test_s6_the_tokens_field_replaces_the_players() -> None:
    """The injected field is the only one of its name."""
    asked = question("https://h/x", headers=(("authorization", "player"),))
    fields = fields_of(asked, hop(asked.url, ("Authorization", "Bearer t")), AGENT)
    assert fields.getall("Authorization") == ["Bearer t"]


def test_s6_connection_cannot_remove_an_injected_field() -> None:
    """It is added after the player's fields were filtered, and names none itself."""
    sent = [("Connection", "Authorization, Accept-Encoding"), ("Accept", "*/*")]
    asked = question("https://h/x", headers=to_upstream(sent, kind=Kind.SEGMENT))
    fields = fields_of(asked, hop(asked.url, ("Authorization", "Bearer t")), AGENT)
    assert fields["Authorization"] == "Bearer t"
    assert fields["Accept-Encoding"] == "identity"
    assert "Connection" not in fields


def test_the_players_user_agent_or_the_streams_own_replaces_ours() -> None:
    """If one of them is set."""
    asked = question("https://h/x", headers=(("User-Agent", "VLC"),))
    assert fields_of(asked, hop(asked.url), AGENT)["User-Agent"] == "VLC"
    bound = fields_of(asked, hop(asked.url, ("User-Agent", "bound")), AGENT)
    assert bound.getall("User-Agent") == ["bound"]


def test_user_information_becomes_basic_authorization() -> None:
    """It reaches the upstream as the field that it stands for."""
    there = hop("https://us%40er:wo%3Ard@h:8443/x")
    fields = fields_of(question(there.url), there, AGENT)
    assert fields["Authorization"] == "Basic dXNAZXI6d286cmQ="
    assert str(exact(there.url)) == "https://h:8443/x"


def test_a_token_in_authorization_replaces_user_information() -> None:
    """A request has one Authorization."""
    there = hop("https://user:word@h/x", ("Authorization", "Bearer t"))
    fields = fields_of(question(there.url), there, AGENT)
    assert fields.getall("Authorization") == ["Bearer t"]


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\x00b"])
@pytest.mark.parametrize("url", ["https://h/x", "https://u:p@h/x"])
def test_s7_a_token_with_a_line_break_is_not_sent(value: str, url: str) -> None:
    """It would begin a field of its own."""
    there = hop(url, ("X-Token", value))
    with pytest.raises(UnreachableError) as caught:
        request_of(question(there.url), there, "h", AGENT)
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://h/a b",
        "https://h/a\r\nX: y",
        "https://h/\x00",
        "https://h/ü",
        "https://h:99999/",
        "https://h:x/",
        "https://:80/",
    ],
)
def test_s7_an_invalid_url_is_not_sent(url: str) -> None:
    """With a blank, a control byte, a non-ASCII byte, or an impossible port."""
    with pytest.raises(AddressRefusedError) as caught:
        exact(url)
    assert url not in str(caught.value)


@pytest.mark.parametrize(
    "path", ["/a b", "/a\r\nX: y", "/\x00", "/ü", "?a b", "/a#b c", "/a?\x7f"]
)
def test_s7_a_target_that_breaks_its_line_is_not_sent(path: str) -> None:
    """Even over an open connection."""
    url = f"https://h{path}"
    with pytest.raises(AddressRefusedError) as caught:
        request_of(question(url), Hop(url, plain(url), frozenset()), "h", AGENT)
    assert path not in str(caught.value)


@pytest.mark.parametrize(
    "target", ["/", "/a%2f/b", "//a", "/?", "/?a=b/c?d", "/a%7e?b=%2F&&c"]
)
@pytest.mark.parametrize(
    "fields",
    [
        (),
        (("Range", "bytes=0-"), ("Accept", "video/*"), ("If-Range", '"a"')),
        (("User-Agent", "VLC"), ("Accept-Language", "en")),
        (("Host", "other.example"), ("X-Key", "ü")),
    ],
)
async def test_a_request_is_written_as_aiohttp_writes_it(
    target: str, fields: tuple[tuple[str, str], ...]
) -> None:
    """Byte for byte: servers that know its clients know ours."""
    async with RawOrigin(answer()) as origin, aiohttp.ClientSession() as session:
        url = origin.url(target)
        there = hop(url, *fields)
        sent = fields_of(question(url), there, AGENT)
        async with session.get(exact(url), headers=sent):
            pass
        host = f"127.0.0.1:{origin.port}"
        assert request_of(question(url), there, host, AGENT) == origin.heard[0].raw


async def test_what_a_session_adds_is_written_too() -> None:
    """Its cookies, after a request of the same player without them."""
    sessions = Sessions()
    session = sessions.opened()
    asked = replace(question("https://h/x"), session=session)
    assert b"Cookie" not in request_of(asked, hop(asked.url), "h", AGENT)
    brought = CIMultiDict({"Set-Cookie": "a=b"})
    session.learn(asked.url, CIMultiDictProxy(brought))
    assert b"\r\nCookie: a=b\r\n" in request_of(asked, hop(asked.url), "h", AGENT)
    visit = replace(asked, session=EntryVisit(session))
    assert b"\r\nCookie: a=b\r\n" in request_of(visit, hop(asked.url), "h", AGENT)

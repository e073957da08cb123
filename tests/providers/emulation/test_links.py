"""The credentials that a platform writes, and how it recognises them."""

from dataclasses import replace

import pytest

from tests.providers.emulation.asks import Ask, Reason, RefusedError, Role, pairs
from tests.providers.emulation.doors import Entered
from tests.providers.emulation.links import (
    AsCookie,
    AsHeader,
    Forwarded,
    InPath,
    InQuery,
    Link,
    Page,
    Sessions,
    Signature,
    rendition_in,
)
from tests.providers.emulation.programme import Piece

NOW = 1_800_000_000.0
PIECE = Piece(Role.SEGMENT, "360p", 1)
LINK = Link("cdn", "/v/1.ts")
ASK = Ask("home", "/v/a.m3u8", query="keep=1")
PAGE = Page(Entered(ASK, shown={"t": "a/b"}), "SESSION", new=True, now=NOW)


def test_a_signed_url_is_valid_until_its_expiry_and_for_its_path() -> None:
    """Exactly as it was written, including its escapes."""
    signature = Signature(20.0)
    link = signature.write(LINK, PIECE, PAGE)
    shown = dict(pairs(link.query))
    assert "%2F" in shown["signature"]
    assert signature.ends(shown, Ask("cdn", link.path), NOW) == NOW + 20
    for wrong in (
        {**shown, "expires": "1900000000"},
        {**shown, "signature": shown["signature"].replace("%2F", "/")},
    ):
        with pytest.raises(RefusedError, match=Reason.BAD):
            signature.ends(wrong, Ask("cdn", link.path), NOW)
    with pytest.raises(RefusedError, match=Reason.BAD):
        signature.ends(shown, Ask("cdn", "/v/2.ts"), NOW)


def test_a_blob_is_new_each_time_and_names_its_rendition() -> None:
    """It is long, and contains escapes."""
    signature = Signature(20.0)
    blobs = {signature.blob("360p") for _ in range(3)}
    assert len(blobs) == 3
    assert all(len(blob) >= 64 and "%2B" in blob for blob in blobs)
    assert {rendition_in(blob) for blob in blobs} == {"360p"}
    assert rendition_in("no blob") == ""


def test_issued_credentials_are_written_into_links() -> None:
    """Into the query of all; into the path only if new, because links inherit it."""
    old = replace(PAGE, new=False)
    none = replace(old, issued="")
    assert InQuery("s")(LINK, PIECE, PAGE).query == "s=SESSION"
    assert InQuery("s")(LINK, PIECE, old).query == "s=SESSION"
    assert InQuery("s")(LINK, PIECE, none) == LINK
    assert InPath("s")(LINK, PIECE, PAGE).path == "/s=SESSION/v/1.ts"
    assert InPath("s")(LINK, PIECE, old) == LINK


def test_sent_credentials_are_written_into_links() -> None:
    """Always, or if a parameter requests it."""
    assert Forwarded()(LINK, PIECE, PAGE).query == "t=a/b"
    assert Forwarded("keep=1")(LINK, PIECE, PAGE).query == "t=a/b&keep=1"
    assert Forwarded("other=1")(LINK, PIECE, PAGE) == LINK


def test_issued_credentials_are_sent_in_a_header() -> None:
    """Or in a cookie."""
    assert AsCookie("s")(PAGE) == ("Set-Cookie", "s=SESSION; Path=/")
    assert AsHeader("X-Token")(PAGE) == ("X-Token", "SESSION")


def test_an_unused_session_expires() -> None:
    """Each use prolongs it, up to its limit; only its own client may use it."""
    sessions = Sessions(idle=30.0, longest=70.0, one_client=True)
    shown = {"session": sessions.issue(ASK, NOW)}
    assert sessions.ends(shown, ASK, NOW + 29) == NOW + 30
    assert sessions.ends(shown, ASK, NOW + 58) == NOW + 59
    assert sessions.ends(shown, ASK, NOW + 60) == NOW + 70
    assert sessions.ends(shown, ASK, NOW + 71) == NOW + 70
    with pytest.raises(RefusedError, match=Reason.BAD):
        sessions.ends(shown, replace(ASK, client="127.0.0.9"), NOW)
    with pytest.raises(RefusedError, match=Reason.BAD):
        sessions.ends({"session": "none"}, ASK, NOW)

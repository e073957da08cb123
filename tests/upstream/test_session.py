"""The cookies and credentials that an upstream gives us, and where they are sent."""

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from proxy.upstream.session import MOST_BYTES, MOST_COOKIES, Session, Sessions

HOME = "http://10.0.0.7:8080"


def answer(*lines: str, **headers: str) -> CIMultiDictProxy[str]:
    """Return the headers of an answer, with these cookies."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = CIMultiDict(named)
    for line in lines:
        fields.add("Set-Cookie", line)
    return CIMultiDictProxy(fields)


def sent(session: Session, url: str, **fields: str) -> dict[str, str]:
    """Return the headers that are added to a request."""
    out = CIMultiDict({n.replace("_", "-"): value for n, value in fields.items()})
    session.add_to(out, url)
    return dict(out)


async def test_cookies_are_sent_where_their_rules_say() -> None:
    """By path, host and Secure; unchanged, also to IP addresses."""
    session = Sessions().opened()
    session.learn(
        f"{HOME}/live/v.m3u8?x=1",
        answer(
            "hdntl=exp=1~acl=/*~hmac=a+b==; Path=/",
            "here=1",
            "other=1; Path=/vod",
            "tls=1; Path=/; Secure",
            "gone=1; Path=/; Max-Age=0",
            "foreign=1; Domain=example.com",
        ),
    )
    kept = "hdntl=exp=1~acl=/*~hmac=a+b=="
    assert sent(session, f"{HOME}/live/s.ts?q") == {"Cookie": f"{kept}; here=1"}
    assert sent(session, f"{HOME}/s.ts") == {"Cookie": kept}
    assert sent(session, "http://10.0.0.8:8080/live/s.ts") == {}
    assert sent(session, "http://example.com/live/s.ts") == {}


async def test_a_placements_cookie_replaces_one_of_the_same_name() -> None:
    """In one header."""
    session = Sessions().opened()
    session.learn(f"{HOME}/v", answer("a=JAR; Path=/", "b=JAR; Path=/"))
    assert sent(session, f"{HOME}/v", Cookie="a=TOKEN; c=1") == {
        "Cookie": "a=TOKEN; c=1; b=JAR"
    }
    assert sent(session, f"{HOME}/v", Cookie="a=1; b=2") == {"Cookie": "a=1; b=2"}


async def test_the_session_is_limited() -> None:
    """In number and size; a kept cookie may still change."""
    session = Sessions(renewed=["X-Renewed"], origins=[HOME]).opened()
    long = "v" * MOST_BYTES
    session.learn(f"{HOME}/v", answer(f"long={long}", X_Renewed=f"{long}v"))
    assert not session.size
    lines = [f"c{number}=1; Path=/" for number in range(MOST_COOKIES + 5)]
    session.learn(f"{HOME}/v", answer(*lines))
    session.learn(f"{HOME}/v", answer("more=1", "c7=2; Path=/"))
    cookies = sent(session, f"{HOME}/v")["Cookie"].split("; ")
    assert len(cookies) == MOST_COOKIES
    assert "c7=2" in cookies


async def test_new_cookies_replace_the_oldest() -> None:
    """So a platform with a new cookie name at each visit keeps working."""
    session = Sessions().opened()
    session.learn(f"{HOME}/v", answer("first=1; Path=/", "kept=1; Path=/"))
    for number in range(3 * MOST_COOKIES):
        lines = answer(f"visit{number}=1; Path=/", f"kept={number}; Path=/")
        session.learn(f"{HOME}/v", lines)
        cookies = sent(session, f"{HOME}/s.ts")["Cookie"].split("; ")
        assert f"visit{number}=1" in cookies
        assert f"kept={number}" in cookies
        assert len(cookies) == min(number + 3, MOST_COOKIES)
    assert session.changes == 3 * MOST_COOKIES + 1


async def test_a_repetition_is_not_a_change() -> None:
    """The same cookie again is not a new session."""
    session = Sessions(renewed=["X-Renewed"], origins=[HOME]).opened()
    for value, changes in (("1", 1), ("1", 1), ("2", 2)):
        session.learn(f"{HOME}/v", answer(f"sid={value}; Path=/"))
        assert session.changes == changes
    session.learn(f"{HOME}/v", answer(X_Renewed="a"))
    session.learn(f"{HOME}/v", answer(X_Renewed="a"))
    assert session.changes == 3


async def test_s4_a_renewed_credential_stays_on_its_origins() -> None:
    """Learnt only from them, sent only to them, in place of the one it renews."""
    session = Sessions(renewed=["Common-Access-Token"], origins=[HOME]).opened()
    session.learn("http://evil/v", answer(Common_Access_Token="EVIL"))
    assert not session.size
    session.learn(f"{HOME}/v", answer(common_access_token="NEW", other="x"))
    old = {"Common_Access_Token": "OLD"}
    assert sent(session, f"{HOME}/s.ts", **old) == {"Common-Access-Token": "NEW"}
    assert sent(session, "http://evil/v") == {}
    session.refused(session.renewals)
    assert sent(session, f"{HOME}/s.ts", **old) == {"Common-Access-Token": "OLD"}


async def test_a_late_refusal_of_an_old_credential_keeps_a_newer_one() -> None:
    """Late refusals are recognised, as those of tokens are."""
    session = Sessions(renewed=["X"], origins=[HOME]).opened()
    assert not session.refused(session.renewals)
    session.learn(f"{HOME}/v", answer(X="1"))
    since = session.renewals
    assert session.refused(since)
    assert session.refused(since)
    session.learn(f"{HOME}/v", answer(X="2"))
    assert session.refused(since)
    assert sent(session, f"{HOME}/v") == {"X": "2"}


@pytest.mark.parametrize("value", ["", "a\x00b", "a\rb"])
async def test_s7_an_invalid_header_value_is_not_kept(value: str) -> None:
    """Nor sent on."""
    session = Sessions(renewed=["X"], origins=[HOME]).opened()
    session.learn(f"{HOME}/v", answer(X=value))
    assert not session.size


async def test_with_cookies_off_none_is_kept() -> None:
    """By setting."""
    session = Sessions(cookies=False).opened()
    session.learn(f"{HOME}/v", answer("a=1"))
    assert not session.size

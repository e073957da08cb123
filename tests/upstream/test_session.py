"""What an upstream gives us to show again, and where it goes."""

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
    """Return what goes with a request."""
    out = CIMultiDict({n.replace("_", "-"): value for n, value in fields.items()})
    session.add_to(out, url)
    return dict(out)


async def test_cookies_go_where_their_rules_say() -> None:
    """By path, host and Secure; byte for byte, on hosts without a name too."""
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


async def test_a_cookie_of_a_placement_goes_before_one_of_that_name() -> None:
    """In one header."""
    session = Sessions().opened()
    session.learn(f"{HOME}/v", answer("a=JAR; Path=/", "b=JAR; Path=/"))
    assert sent(session, f"{HOME}/v", Cookie="a=TOKEN; c=1") == {
        "Cookie": "a=TOKEN; c=1; b=JAR"
    }
    assert sent(session, f"{HOME}/v", Cookie="a=1; b=2") == {"Cookie": "a=1; b=2"}


async def test_what_is_kept_is_bounded() -> None:
    """In number and in size; a cookie that is kept may still change."""
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


async def test_the_oldest_cookies_go_for_new_ones() -> None:
    """A platform that names a cookie anew at each visit is let in for good."""
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


async def test_a_change_is_told_from_a_repetition() -> None:
    """The same cookie once more is no new session."""
    session = Sessions(renewed=["X-Renewed"], origins=[HOME]).opened()
    for value, changes in (("1", 1), ("1", 1), ("2", 2)):
        session.learn(f"{HOME}/v", answer(f"sid={value}; Path=/"))
        assert session.changes == changes
    session.learn(f"{HOME}/v", answer(X_Renewed="a"))
    session.learn(f"{HOME}/v", answer(X_Renewed="a"))
    assert session.changes == 3


async def test_s4_a_renewed_credential_stays_on_its_origins() -> None:
    """Learnt from them alone, sent to them alone, in place of the one it renews."""
    session = Sessions(renewed=["Common-Access-Token"], origins=[HOME]).opened()
    session.learn("http://evil/v", answer(Common_Access_Token="EVIL"))
    assert not session.size
    session.learn(f"{HOME}/v", answer(common_access_token="NEW", other="x"))
    old = {"Common_Access_Token": "OLD"}
    assert sent(session, f"{HOME}/s.ts", **old) == {"Common-Access-Token": "NEW"}
    assert sent(session, "http://evil/v") == {}
    session.refused(session.renewals)
    assert sent(session, f"{HOME}/s.ts", **old) == {"Common-Access-Token": "OLD"}


async def test_a_late_refusal_of_an_old_credential_forgets_no_newer_one() -> None:
    """It is told from the first one, as late refusals of tokens are."""
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
async def test_s7_what_is_no_header_value_is_not_kept(value: str) -> None:
    """Nor sent on."""
    session = Sessions(renewed=["X"], origins=[HOME]).opened()
    session.learn(f"{HOME}/v", answer(X=value))
    assert not session.size


async def test_without_cookies_none_is_kept() -> None:
    """By setting."""
    session = Sessions(cookies=False).opened()
    session.learn(f"{HOME}/v", answer("a=1"))
    assert not session.size

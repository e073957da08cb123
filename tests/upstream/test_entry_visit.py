"""One load of an entry: its cookies are settled at its end."""

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from proxy.upstream.entry_visit import EntryVisit
from proxy.upstream.session import Session, Sessions

HOME = "http://10.0.0.7:8080"


def answer(*lines: str, **headers: str) -> CIMultiDictProxy[str]:
    """Return the headers of an answer, with these cookies."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = CIMultiDict(named)
    for line in lines:
        fields.add("Set-Cookie", line)
    return CIMultiDictProxy(fields)


def sent(session: Session) -> dict[str, str]:
    """Return what goes with a request."""
    out = CIMultiDict[str]()
    session.add_to(out, f"{HOME}/v")
    return dict(out)


def visited(held: str = "sid=1; Path=/") -> tuple[Session, EntryVisit]:
    """Return a session that holds a cookie, and a visit that goes on with it."""
    session = Sessions(renewed=["X-Renewed"], origins=[HOME]).opened()
    session.learn(f"{HOME}/v", answer(held))
    return session, EntryVisit(session)


async def test_what_a_load_brings_goes_with_its_own_requests() -> None:
    """A gate looks whether its cookie comes back; others go as before."""
    session, visit = visited()
    assert sent(visit) == {"Cookie": "sid=1"}
    visit.learn(f"{HOME}/v", answer("sid=2; Path=/", "gate=open; Path=/"))
    assert sent(visit) == {"Cookie": "sid=2; gate=open"}
    assert sent(session) == {"Cookie": "sid=1"}


@pytest.mark.parametrize(
    ("lines", "replacing", "cookies"),
    [
        (["sid=2; Path=/"], True, "sid=2"),
        (["sid=2; Path=/"], False, "sid=1"),
        (["sid=2; Path=/", "other=3; Path=/"], False, "sid=1; other=3"),
        (["sid=gone; Path=/; Max-Age=0"], True, None),
        (["sid=gone; Path=/; Max-Age=0"], False, "sid=1"),
    ],
)
async def test_the_session_has_the_cookies_when_it_is_settled(
    lines: list[str], *, replacing: bool, cookies: str | None
) -> None:
    """Those that it holds stay, unless they are to be replaced."""
    session, visit = visited()
    visit.learn(f"{HOME}/v", answer(*lines))
    visit.settle(replacing=replacing)
    assert sent(session).get("Cookie") == cookies
    changes = session.changes
    visit.settle(replacing=True)
    assert session.changes == changes


async def test_a_cookie_that_has_expired_is_in_nobodys_way() -> None:
    """Its session is over."""
    session, visit = visited("sid=1; Path=/; Expires=Fri, 01 Jan 1999 00:00:00 GMT")
    visit.learn(f"{HOME}/v", answer("sid=2; Path=/"))
    visit.settle(replacing=False)
    assert sent(session) == {"Cookie": "sid=2"}


async def test_a_cookie_that_a_load_is_told_to_drop_goes_no_further_with_it() -> None:
    """An entry that ends a dead session leads back to itself, to begin anew."""
    session, visit = visited()
    visit.learn(f"{HOME}/v", answer("sid=; Path=/; Max-Age=0"))
    assert sent(visit) == {}
    visit.learn(f"{HOME}/v", answer("sid=3; Path=/"))
    assert sent(visit) == {"Cookie": "sid=3"}
    assert sent(session) == {"Cookie": "sid=1"}


async def test_what_a_load_renews_is_the_sessions_at_once() -> None:
    """It takes the place of what was shown; so does its refusal."""
    session, visit = visited()
    visit.learn(f"{HOME}/v", answer(X_Renewed="a"))
    assert sent(session)["X-Renewed"] == sent(visit)["X-Renewed"] == "a"
    assert visit.refused(visit.renewals)
    assert "X-Renewed" not in sent(session)
    assert not visit.refused(visit.renewals)


async def test_what_is_not_taken_is_known_all_the_same() -> None:
    """The upstream may repeat it, now or out of a cache."""
    session, visit = visited()
    visit.learn(f"{HOME}/v", answer("sid=brought-by-it; Path=/"))
    assert "brought-by-it" in session.among.credentials
    visit.settle(replacing=False)
    del visit
    session.among.changed()
    assert "brought-by-it" in session.among.credentials

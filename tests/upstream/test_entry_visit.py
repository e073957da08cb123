"""One load of an entry: its cookies are applied to the session at its end."""

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
    """Return the headers that are added to a request."""
    out = CIMultiDict[str]()
    session.add_to(out, f"{HOME}/v")
    return dict(out)


def visited(held: str = "sid=1; Path=/") -> tuple[Session, EntryVisit]:
    """Return a session that has a cookie, and a visit that continues it."""
    session = Sessions(renewed=["X-Renewed"], origins=[HOME]).opened()
    session.learn(f"{HOME}/v", answer(held))
    return session, EntryVisit(session)


async def test_a_load_sends_the_cookies_that_it_got() -> None:
    """A gate checks whether its cookie comes back; other requests are unchanged."""
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
async def test_the_session_gets_the_cookies_at_the_end(
    lines: list[str], *, replacing: bool, cookies: str | None
) -> None:
    """Cookies that it already has stay, unless they are to be replaced."""
    session, visit = visited()
    visit.learn(f"{HOME}/v", answer(*lines))
    visit.settle(replacing=replacing)
    assert sent(session).get("Cookie") == cookies
    changes = session.changes
    visit.settle(replacing=True)
    assert session.changes == changes


async def test_an_expired_cookie_is_always_replaced() -> None:
    """Its session is over."""
    session, visit = visited("sid=1; Path=/; Expires=Fri, 01 Jan 1999 00:00:00 GMT")
    visit.learn(f"{HOME}/v", answer("sid=2; Path=/"))
    visit.settle(replacing=False)
    assert sent(session) == {"Cookie": "sid=2"}


async def test_a_cookie_that_a_load_must_drop_is_no_longer_sent() -> None:
    """An entry may end a dead session, and redirect to itself to begin a new one."""
    session, visit = visited()
    visit.learn(f"{HOME}/v", answer("sid=; Path=/; Max-Age=0"))
    assert sent(visit) == {}
    visit.learn(f"{HOME}/v", answer("sid=3; Path=/"))
    assert sent(visit) == {"Cookie": "sid=3"}
    assert sent(session) == {"Cookie": "sid=1"}


async def test_a_renewed_credential_is_the_sessions_at_once() -> None:
    """It replaces the old one; a refusal also takes effect at once."""
    session, visit = visited()
    visit.learn(f"{HOME}/v", answer(X_Renewed="a"))
    assert sent(session)["X-Renewed"] == sent(visit)["X-Renewed"] == "a"
    assert visit.refused(visit.renewals)
    assert "X-Renewed" not in sent(session)
    assert not visit.refused(visit.renewals)


async def test_a_cookie_that_is_not_applied_is_still_a_known_secret() -> None:
    """The upstream may repeat it, now or from a cache."""
    session, visit = visited()
    visit.learn(f"{HOME}/v", answer("sid=brought-by-it; Path=/"))
    assert "brought-by-it" in session.among.credentials
    visit.settle(replacing=False)
    del visit
    session.among.changed()
    assert "brought-by-it" in session.among.credentials

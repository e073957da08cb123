"""The secrets that no player of a stream may see."""

from dataclasses import dataclass, field

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from proxy.core.http.headers import Fields
from proxy.fetch.guarding import MOST_RECENT, SecretGuard
from proxy.upstream.session import Sessions

HOME = "http://10.0.0.7:8080"
OWN = (("X-Api-Key", "an-api-key"), ("User-Agent", "player-1.2.3"))
URL = "https://lobby-user:lobby-pass@m.example/v.m3u8"


@dataclass(slots=True)
class Answered:
    """The parts of an answer that matter here."""

    sent: frozenset[str] = field(default=frozenset())
    secrets: frozenset[str] = field(default=frozenset())


def answer(*sent: str) -> Answered:
    """Return an answer to a request with these secrets."""
    return Answered(frozenset(sent), frozenset(sent))


def test_configured_secrets_are_known_from_the_start() -> None:
    """Header fields that are not public, and the user of a URL."""
    found = SecretGuard(OWN, URL).recogniser(answer(), remember=True)
    assert found.secrets == {
        *("an-api-key", "lobby-user", "lobby-pass", "lobby-user:lobby-pass")
    }


def test_tokens_are_remembered_for_a_while() -> None:
    """A playlist may repeat the token of its parent, a cache an earlier one."""
    guard = SecretGuard()
    for number in range(MOST_RECENT + 1):
        guard.recogniser(answer(f"token-{number:04}"), remember=True)
    found = guard.recogniser(answer(), remember=True)
    assert found.secrets == {f"token-{n:04}" for n in range(1, MOST_RECENT + 1)}
    assert guard.recogniser(answer(), remember=True) is found


def test_a_secret_of_one_url_is_known_only_for_its_answer() -> None:
    """There are as many as there are segments."""
    guard = SecretGuard(OWN)
    own = guard.recogniser(answer(), remember=False)
    one = guard.recogniser(answer("signature-1"), remember=False)
    assert one.secrets == {"an-api-key", "signature-1"}
    assert guard.recogniser(answer(), remember=False) is own


@dataclass(slots=True)
class Paid:
    """The parts of a keeper that matter here."""

    paid: frozenset[str] = frozenset()


def test_secrets_sent_to_token_services_are_known() -> None:
    """From the moment when they are sent."""
    payer = Paid()
    guard = SecretGuard(payer=payer)
    assert not guard.recogniser(answer(), remember=True).secrets
    payer.paid = frozenset({"client-secret"})
    assert guard.recogniser(answer(), remember=True).secrets == {"client-secret"}


def test_a_key_in_the_configured_url_is_known() -> None:
    """The rest of the URL is public."""
    guard = SecretGuard(url="https://m.example/v?apikey=an-api-key&channel=lobby-main")
    assert guard.recogniser(answer(), remember=True).secrets == {"an-api-key"}


async def test_a_renewed_credential_is_known_without_its_scheme() -> None:
    """Now, and after it was replaced or refused."""
    sessions = Sessions(renewed=["X-Renewed"], origins=[HOME])
    session, guard = sessions.opened(), SecretGuard(sessions=sessions)
    for number in (10, 11):
        headers = {"X-Renewed": f"Bearer given-{number}"}
        session.learn(HOME, CIMultiDictProxy(CIMultiDict(headers)))
    session.refused(session.renewals)
    known = guard.recogniser(answer(), remember=True).secrets
    assert {"given-10", "given-11", "Bearer given-10"} <= known


async def test_upstream_credentials_are_known_even_after_replacement() -> None:
    """An answer with a new one may still repeat the one that was sent."""
    sessions = Sessions(renewed=["X-Renewed"], origins=[HOME])
    session, guard = sessions.opened(), SecretGuard(sessions=sessions)

    def learn(number: int) -> None:
        headers = {"Set-Cookie": f"sid=cookie-{number}", "X-Renewed": f"given-{number}"}
        session.learn(HOME, CIMultiDictProxy(CIMultiDict(headers)))

    def known() -> frozenset[str]:
        return guard.recogniser(answer(), remember=True).secrets

    assert known() == frozenset()
    learn(10)
    assert known() == {"cookie-10", "given-10"}
    learn(11)
    assert known() == {"cookie-10", "given-10", "cookie-11", "given-11"}
    session.refused(session.renewals)
    assert known() == {"cookie-10", "given-10", "cookie-11", "given-11"}


@pytest.mark.parametrize(
    ("own", "url", "token", "told"),
    [
        ((("X-Api-Key", "12345678"), ("X-Version", "2")), "", "", ["X-Api-Key"]),
        ((("Cookie", "sid=abcd; theme=long-and-dark"),), "", "", ["Cookie"]),
        ((("Authorization", "Bearer abcd"),), "", "", ["Authorization"]),
        (OWN, URL, "token-0001", []),
        ((), "https://lobby-user:p@m.example/v", "", ["the password in the URL"]),
        ((), "https://key@m.example/v", "", ["the password in the URL"]),
        ((), "https://m.example/v", "1234", ["the token"]),
        ((), "https://m.example/v", "1764460800", ["the token"]),
    ],
)
def test_unrecognisable_secrets_are_reported(
    own: Fields, url: str, token: str, told: list[str]
) -> None:
    """A word or a number may appear in an answer by chance."""
    reported: list[str] = []
    guard = SecretGuard(own, url, report=reported.append)
    guard.recogniser(answer(*filter(None, [token])), remember=True)
    guard.recogniser(answer(*filter(None, [token])), remember=True)
    assert [said.removeprefix("the header ") for said in reported] == told

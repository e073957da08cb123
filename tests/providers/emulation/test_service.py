"""The token service behaves like its platform's, and fails when a test says so."""

import json

from tests.providers.emulation.asks import Ask
from tests.providers.emulation.carriers import Header
from tests.providers.emulation.checks import Known
from tests.providers.emulation.service import (
    Call,
    TokenService,
    bearer,
    by,
    limited,
    rfc3339,
)

NOW = 1_800_000_000.0


def service() -> TokenService:
    """Return a service that requires its own key."""
    return TokenService("/token", bearer("api-key", method="POST"))


def asked(
    one: TokenService, key: str = "api-key", method: str = "POST"
) -> tuple[int, dict[str, object]]:
    """Return its answer."""
    ask = Ask("api", "/token", headers={"authorization": f"Bearer {key}"})
    reply = one.answer(Call(ask, method, b"", NOW))
    return reply.status, json.loads(reply.body) if reply.body[:1] == b"{" else {}


def test_an_allowed_client_gets_a_token() -> None:
    """The token is known until it expires."""
    one = service()
    status, said = asked(one)
    assert (status, said["expires_in"]) == (200, 60)
    assert one.known.issued == {str(said["access_token"]): NOW + 60}
    assert asked(one, key="other")[0] == asked(one, method="GET")[0] == 401
    assert (one.asked, one.given) == (3, 1)


def test_no_token_is_handed_out_twice() -> None:
    """Tokens can be revoked."""
    one = service()
    assert asked(one) != asked(one)
    one.revoke()
    assert one.known.issued == {}


def test_a_token_may_pay_for_another_one() -> None:
    """As long as it has not expired."""
    paying = Known({"access": NOW + 5})
    allowed = by(Header("Authorization", "Bearer "), paying)
    ask = Ask("api", "/token", headers={"authorization": "Bearer access"})
    assert allowed(Call(ask, "GET", b"", NOW))
    assert not allowed(Call(ask, "GET", b"", NOW + 5))
    assert not allowed(Call(Ask("api", "/token"), "GET", b"", NOW))


def test_it_fails_when_a_test_says_so() -> None:
    """Once for each fault, or as long as it is down."""
    one = service()
    one.faults.append(limited(20))
    assert asked(one)[0] == 429
    assert asked(one)[0] == 200
    one.down = True
    assert asked(one)[0] == asked(one)[0] == 503


def test_times_are_written_as_platforms_do() -> None:
    """With an offset."""
    assert rfc3339(0.5) == "1970-01-01T00:00:00.500+00:00"

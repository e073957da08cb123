"""Requests that should not have been sent are found in the record."""

from tests.providers.emulation.asks import ENTRY, Ask, Reason, Role
from tests.providers.emulation.carriers import Query
from tests.providers.emulation.checks import Known
from tests.providers.emulation.doors import Door
from tests.providers.emulation.platform import Platform, answer
from tests.providers.emulation.record import Record, Seen, holds

NOW = 1_800_000_000.0
TOKEN = "a/long+enough=token"
ENCODED = "a%2Flong%2Benough%3Dtoken"
PLATFORM = Platform(doors=(Door(Query(("token",)), Known({TOKEN: NOW + 9}), ENTRY),))


def recorded(*targets: str, **headers: str) -> Record:
    """Return the record of these requests."""
    record = Record()
    for target in targets:
        path, _, query = target.partition("?")
        ask = Ask("home", path, query=query, headers=headers)
        record.seen.append(Seen(NOW, ask, answer(PLATFORM, ask, NOW, {})))
    return record


def test_a_credential_without_need_is_a_stray() -> None:
    """Encoded or not, in the URL or in a header."""
    entry, child = f"/live/index.m3u8?token={ENCODED}", "/live/360p/index.m3u8"
    clean = recorded(entry, child)
    assert clean.strays() == []
    assert [seen.role for seen in clean.own()] == [Role.ENTRY]
    assert len(recorded(entry, f"{child}?token={ENCODED}").strays()) == 1
    assert len(recorded(entry, f"{child}?token={TOKEN}").strays()) == 1
    assert len(recorded(entry, child, referer=f"x?t={TOKEN}").strays()) == 1


def test_credentials_and_refusals_are_counted() -> None:
    """By role, and by reason."""
    entry = "/live/index.m3u8"
    record = recorded(
        f"{entry}?token={ENCODED}", entry, f"{entry}?token=wrong-one-here"
    )
    assert record.shown() == {TOKEN}
    assert record.refusals() == {
        ("entry", Reason.MISSING): 1,
        ("entry", Reason.BAD): 1,
    }
    assert record.secrets() >= {TOKEN, "wrong-one-here"}


def test_a_text_with_a_secret_is_recognised() -> None:
    """Also if it is percent-encoded."""
    assert holds(f"x={TOKEN}", {TOKEN})
    assert holds(f"x={ENCODED}", {TOKEN})
    assert not holds("x=y", {TOKEN})

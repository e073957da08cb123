"""Every failure is somebody's fault, and has advice."""

from collections.abc import Iterator

import pytest

from proxy import errors
from proxy.core.http.answers import Blame
from proxy.diagnosis.fault import RangeIgnoredError, cause_of, words_of
from proxy.diagnosis.stream_facts import StreamFacts


def blamed(blame: Blame) -> errors.UnreachableError:
    """Return the error of an upstream that did not answer."""
    error = errors.UnreachableError("x: no connection")
    error.blame = blame
    return error


def all_errors(kind: type[errors.HlsAuthProxyError]) -> Iterator[type]:
    """Yield all subclasses of a class."""
    for below in kind.__subclasses__():
        yield below
        yield from all_errors(below)


@pytest.mark.parametrize(
    ("error", "whose"),
    [
        (errors.TokenUnavailableError("x", retry_after=1.0), "source of the token"),
        (errors.RefusedError("x", status=403), "token"),
        (errors.ChildRefusedError("x", status=403), "upstream"),
        (errors.SignatureRefusedError("x", status=403), "upstream"),
        (errors.NotReadyError("x", status=404), "encoder"),
        (errors.NameUnknownError("x"), "settings"),
        (errors.CrowdedError("x", retry_after=1.0), "settings"),
        (errors.AddressRefusedError("x"), "settings"),
        (errors.RedirectRefusedError("x"), "settings"),
        (errors.ImposterError("x", empty=False, page=True, exposed=True), "network"),
        (errors.ImposterError("x", empty=False, exposed=False), "token"),
        (errors.TruncatedError("x"), "upstream"),
        (errors.LimitError("x", setting="limits.key_bytes", allowed=9), "settings"),
        (RangeIgnoredError("x"), "upstream"),
        (errors.StatusError("x", status=416), "upstream"),
        (errors.StatusError("x", status=404), "settings"),
        (errors.StatusError("x", status=403), "upstream"),
        (errors.StatusError("x", status=451), "rights"),
        (errors.StatusError("x", status=500), "upstream"),
        (blamed(Blame.DNS_ERROR), "network"),
        (blamed(Blame.TLS_CERTIFICATE), "upstream"),
        (blamed(Blame.READ_TIMEOUT), "network"),
        (errors.StartError("x"), "settings"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_failure_has_somebody_at_fault(
    error: errors.HlsAuthProxyError, whose: str
) -> None:
    """The one who can fix it is named first."""
    cause = cause_of(error)
    assert whose in cause.whose
    assert cause.advice


def test_the_message_has_the_status() -> None:
    """People search for it."""
    passed = errors.StatusError("passed on", status=404)
    assert words_of(passed) == "it answered 404 Not Found"
    assert words_of(errors.StatusError("x", status=599)) == "it answered 599"
    assert words_of(errors.RefusedError("refused", status=403)).endswith("(status 403)")
    assert words_of(errors.BadAnswerError("bad")) == "bad"


def forbidden(
    origin: str, error: errors.HlsAuthProxyError | None = None
) -> errors.HlsAuthProxyError:
    """Return an error for which this origin is to blame."""
    found = error or errors.NameUnknownError("x")
    found.forbidden = origin
    return found


def test_the_message_names_the_origin() -> None:
    """If it is known; an unknown name has none."""
    assert "https://cdn.test is not allowed" in words_of(forbidden("https://cdn.test"))
    assert "its address is not allowed" in words_of(errors.NameUnknownError("x"))


SIGNING = StreamFacts(
    "lobby",
    source="sign-jwt",
    key_id=True,
    address=("playback_id",),
    host="",
    wanted="lobby/abc",
)


@pytest.mark.parametrize(
    ("facts", "named", "absent"),
    [
        (SIGNING, ["key_id", "playback_id", "clock"], ["expired", "scopes"]),
        (StreamFacts("a", source="sign-hash"), ["the key is wrong"], ["key_id"]),
        (StreamFacts("a", source="static"), ["expired or revoked"], ["key", "clock"]),
        (StreamFacts("a", source="oauth2"), ["scopes"], ["key", "clock", "revoked"]),
        (StreamFacts("a"), ["may need a token"], ["key", "hls-auth-proxy token"]),
    ],
)
def test_advice_about_a_refusal_fits_the_stream(
    facts: StreamFacts, named: list[str], absent: list[str]
) -> None:
    """Clocks do not matter for a static token, nor keys without one."""
    for error in (
        errors.RefusedError("x", status=403),
        errors.ImposterError("x", empty=False, page=True, exposed=True),
    ):
        advice = cause_of(error, facts).advice
        assert [word for word in named if word not in advice] == []
        assert [word for word in absent if word in advice] == []


def test_the_command_that_shows_the_token_can_be_pasted() -> None:
    """With the stream's name and a member's id."""
    advice = cause_of(errors.RefusedError("x", status=403), SIGNING).advice
    assert "`hls-auth-proxy token lobby/abc`" in advice


@pytest.mark.parametrize(
    ("facts", "check"),
    [
        (StreamFacts("a"), "check `url`, and DNS"),
        (StreamFacts("a", address=("host",), host="host"), "check `host`, and DNS"),
        (SIGNING, "check with the provider, and DNS"),
    ],
)
def test_advice_only_names_settings_that_were_written(
    facts: StreamFacts, check: str
) -> None:
    """A provider's default URL is not the user's mistake."""
    assert check in cause_of(blamed(Blame.DNS_ERROR), facts).advice


def test_a_missing_stream_may_be_a_wrong_url() -> None:
    """A recording never starts, so it is not "not started yet"."""
    cause = cause_of(errors.NotReadyError("x", status=404), SIGNING)
    assert "settings" in cause.whose
    assert "check `playback_id`" in cause.advice


def test_every_advice_can_be_filled_in() -> None:
    """For each error that can be raised."""
    for kind in all_errors(errors.HlsAuthProxyError):
        error: errors.HlsAuthProxyError = errors.HlsAuthProxyError.__new__(kind)
        for name in ("status", "page", "empty", "exposed", "timed_out"):
            setattr(error, name, 0)
        assert "{" not in cause_of(error, SIGNING).advice

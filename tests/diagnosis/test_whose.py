"""Every failure is somebody's matter, and has an advice."""

from collections.abc import Iterator

import pytest

from proxy import errors
from proxy.core.http.answers import Blame
from proxy.diagnosis.whose import (
    Allowed,
    RangeIgnoredError,
    cause_of,
    cure_of,
    words_of,
)


def blamed(blame: Blame) -> errors.UnreachableError:
    """Return the error of an upstream that did not answer."""
    error = errors.UnreachableError("x: no connection")
    error.blame = blame
    return error


def all_errors(kind: type[errors.HlsAuthProxyError]) -> Iterator[type]:
    """Yield the whole tree below a class."""
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
        (errors.ImposterError("x", empty=False, exposed=True), "network"),
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
def test_a_failure_is_somebodys_matter(
    error: errors.HlsAuthProxyError, whose: str
) -> None:
    """The one who can mend it is named first."""
    cause = cause_of(error)
    assert whose in cause.whose
    assert cause.advice


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("invalid_client", "client_secret"),
        ("invalid_grant", "refresh_token"),
        ("invalid_scope", "scopes"),
        ("invalid_target", "parameters"),
        ("unauthorized_client", "grant"),
        ("unsupported_grant_type", "grant"),
    ],
)
def test_an_error_of_oauth_names_the_setting(code: str, named: str) -> None:
    """What the standard says about it, in the words of the configuration."""
    said = f"no token for a: id.test answered 400: {code}: No"
    cause = cause_of(errors.TokenUnavailableError(said, retry_after=1.0))
    assert "settings" in cause.whose
    assert named in cause.advice


def test_a_page_to_log_in_is_thought_of() -> None:
    """It is where most redirects to somewhere else lead."""
    error = forbidden("https://sso.test", errors.RedirectRefusedError("x"))
    *_, last = cure_of(error, Allowed("a", frozenset(), spreads=False))
    assert "log in" in last


def test_words_tell_the_status() -> None:
    """It is what one looks up."""
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


@pytest.mark.parametrize(
    ("allowed", "lines"),
    [
        (
            Allowed("lobby", frozenset(), spreads=False),
            ["    [streams.lobby]", '    origins = ["https://cdn.test:8443"]'],
        ),
        (
            Allowed("a.b", frozenset({"https://b.test"}), spreads=False),
            [
                '    [streams."a.b"]',
                '    origins = ["https://b.test", "https://cdn.test:8443"]',
            ],
        ),
        (
            Allowed("lobby", frozenset(), spreads=True),
            [
                "    [streams.lobby]",
                '    origins = ["https://cdn.test:8443"]',
                "in reach_origins instead, if it needs the token as well",
            ],
        ),
    ],
)
def test_the_setting_that_allows_an_origin_is_told(
    allowed: Allowed, lines: list[str]
) -> None:
    """As it would stand in the file, with what stands there already."""
    first, *rest = cure_of(forbidden("https://cdn.test:8443"), allowed)
    assert first == "if this origin belongs to the stream, allow it:"
    assert rest == lines


@pytest.mark.parametrize("origin", ["", "skd://key", "ftp://host", "data:"])
def test_what_is_no_web_address_cannot_be_allowed(origin: str) -> None:
    """No setting would help."""
    assert cure_of(forbidden(origin), Allowed("a", frozenset(), spreads=True)) == ()


def test_words_name_the_origin() -> None:
    """Where it is known; a name that nobody lists has none."""
    assert "https://cdn.test is not allowed" in words_of(forbidden("https://cdn.test"))
    assert "its address is not allowed" in words_of(errors.NameUnknownError("x"))


@pytest.mark.parametrize(
    ("said", "whose", "named"),
    [
        ("id.test: connection refused", "settings", "port"),
        ("id.test answered 400: bad", "settings", "body"),
        ("id.test answered 401: who?", "settings", "secrets"),
        ("id.test answered 404", "settings", "url"),
        ("id.test answered 429", "token service", "quota"),
        ("id.test answered 502", "token service", "out of order"),
        ("the answer has nothing at /token; it has /jwt", "settings", "pointers"),
        ("the answer has no string at /token", "settings", "pointers"),
        ("no token within 10 s", "source of the token", "timeout"),
        ("something else", "source of the token", "fix"),
    ],
)
def test_a_source_that_fails_has_an_advice(said: str, whose: str, named: str) -> None:
    """It names the setting, or who can mend it."""
    error = errors.TokenUnavailableError(f"no token for a: {said}", retry_after=1.0)
    cause = cause_of(error)
    assert whose in cause.whose
    assert named in cause.advice

"""Every failure is somebody's matter, and has an advice."""

from collections.abc import Iterator

import pytest

from proxy import errors
from proxy.core.http.answers import Blame
from proxy.diagnosis.whose import cause_of, words_of


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
        (errors.AddressRefusedError("x"), "settings"),
        (errors.RedirectRefusedError("x"), "settings"),
        (errors.ImposterError("x", empty=False, exposed=True), "network"),
        (errors.ImposterError("x", empty=False, exposed=False), "token"),
        (errors.TruncatedError("x"), "upstream"),
        (errors.StatusError("x", status=404), "settings"),
        (errors.StatusError("x", status=403), "upstream"),
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


def test_words_tell_the_status() -> None:
    """It is what one looks up."""
    assert words_of(errors.RefusedError("refused", status=403)).endswith("(status 403)")
    assert words_of(errors.BadAnswerError("bad")) == "bad"

"""The error tree: errors that are kept to be told again."""

import pytest

from proxy.errors import (
    ExpiryError,
    HlsAuthProxyError,
    NameUnknownError,
    RefusedError,
    SignatureRefusedError,
    SourceError,
    StatusError,
    UnreachableError,
)


@pytest.mark.parametrize(
    "error",
    [
        NameUnknownError("no such name"),
        RefusedError("refused", status=403),
        StatusError("passed on", status=404, headers=(("Age", "1"),)),
        SourceError("later", recoverable=False, retry_after=3.0),
        UnreachableError("silent", timed_out=True),
    ],
)
def test_an_error_that_is_kept_says_the_same(error: HlsAuthProxyError) -> None:
    """But it keeps none of the frames that it went through, nor what came before."""
    try:
        try:
            int("none")
        except ValueError as exc:
            raise error from exc
    except HlsAuthProxyError:
        kept = error.without_trace()
    assert error.__traceback__ is not None
    assert (kept.__traceback__, kept.__cause__, kept.__context__) == (None, None, None)
    assert type(kept) is type(error)
    assert (str(kept), vars(kept)) == (str(error), vars(error))


def test_an_error_within_it_keeps_nothing_either() -> None:
    """One may say what another means otherwise."""
    inner = StatusError("passed on", status=404)
    outer = SignatureRefusedError("refused", status=404, otherwise=inner)
    with pytest.raises(StatusError):
        raise inner
    kept = outer.without_trace().otherwise
    assert isinstance(kept, StatusError)
    assert (kept.status, kept.__traceback__) == (404, None)
    assert inner.__traceback__ is not None


@pytest.mark.parametrize(
    ("error", "for_all"),
    [
        (SourceError("the answer is no JSON"), False),
        (SourceError("invalid", recoverable=False, retry_after=3.0), False),
        (ExpiryError("the token has expired"), True),
    ],
    ids=str,
)
def test_a_useless_answer_says_what_it_said(
    error: SourceError, *, for_all: bool
) -> None:
    """That a service hands out tokens that have ended, it tells everybody."""
    answered = error.answered()
    assert (answered.useless, answered.for_all) == (True, for_all)
    assert answered.because("it was lost").useless
    assert str(answered) == str(error)
    assert (answered.recoverable, answered.retry_after) == (
        error.recoverable,
        error.retry_after,
    )

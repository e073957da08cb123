"""The error tree: errors that are kept to be raised again."""

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
def test_a_kept_error_has_the_same_message(error: HlsAuthProxyError) -> None:
    """But it keeps neither the frames that it went through nor earlier errors."""
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


def test_an_error_inside_a_kept_one_keeps_no_trace_either() -> None:
    """`otherwise` is the error that it means in other cases."""
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
def test_a_useless_answer_keeps_its_message(
    error: SourceError, *, for_all: bool
) -> None:
    """A service that hands out expired tokens does so for everyone."""
    answered = error.answered()
    assert (answered.useless, answered.for_all) == (True, for_all)
    assert answered.because("it was lost").useless
    assert str(answered) == str(error)
    assert (answered.recoverable, answered.retry_after) == (
        error.recoverable,
        error.retry_after,
    )

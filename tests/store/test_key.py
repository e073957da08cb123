"""The key of a kept resource."""

from proxy.store.key import Key, Span

SEGMENT = Key("lobby", "main/7.ts", "https://a/7.ts", "run", 7)


def test_another_run_or_number_or_span_is_another_key() -> None:
    """The same name has another meaning after a restart of the encoder."""
    others = {
        SEGMENT._replace(run="next"),
        SEGMENT._replace(number=17),
        SEGMENT._replace(span=Span(0, 10)),
        SEGMENT._replace(url="https://b/7.ts"),
    }
    assert len(others | {SEGMENT}) == 5

"""What the origin was sent."""

from proxy.demo.record import Recorder, Refusal, StreamRecord


def test_requests_are_counted_by_stream() -> None:
    """Refusals by reason, stray tokens, and the least life of an accepted token."""
    recorder = Recorder()
    recorder.note("a", refusal=None, stray=False, token_life=4.0)
    recorder.note("a", refusal=None, stray=True, token_life=2.5)
    recorder.note("a", refusal=Refusal.BAD_TOKEN, stray=False, token_life=None)
    recorder.note("b", refusal=None, stray=False, token_life=None)

    record = recorder.snapshot()

    assert record.stream("a") == StreamRecord(3, {Refusal.BAD_TOKEN: 1}, 1, 2.5)
    assert record.stream("b") == StreamRecord(1)
    assert record.stream("c") == StreamRecord()
    assert (record.requests, record.stray_tokens) == (4, 1)
    assert record.refusals == {Refusal.BAD_TOKEN: 1}


def test_a_record_does_not_change() -> None:
    """It is a snapshot."""
    recorder = Recorder()
    recorder.note("a", refusal=Refusal.BAD_TOKEN, stray=False, token_life=None)
    record = recorder.snapshot()
    recorder.note("a", refusal=Refusal.BAD_TOKEN, stray=False, token_life=1.0)

    assert record.stream("a") == StreamRecord(1, {Refusal.BAD_TOKEN: 1})

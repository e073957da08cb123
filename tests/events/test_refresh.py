"""What a keeper reports."""

from dataclasses import fields

from proxy.events.refresh import Outcome, Reason, Refresh


def test_outcomes_and_reasons_are_labels() -> None:
    """Short, few, and stable, because dashboards use them."""
    assert set(Outcome) == {
        *("refreshed", "minted", "unchanged"),
        *("failed", "rejected", "clock-jumped"),
    }
    assert set(Reason) == {"", "fault", "asked-to-wait", "permanent", "short-lived"}


def test_it_has_no_field_for_a_token() -> None:
    """It holds numbers, labels, and an error message."""
    assert {each.name for each in fields(Refresh)} == {
        *("stream", "outcome", "generation", "lives", "reason", "detail"),
        "elsewhere",
    }

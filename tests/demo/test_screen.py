"""The output of the demo."""

from proxy.demo.screen import Screen


def test_on_a_terminal_the_state_is_one_line() -> None:
    """Permanent lines move it down."""
    written: list[str] = []
    screen = Screen(written.append, terminal=True)
    screen.say("URL")
    screen.state("1 token")
    screen.state("2 tokens")
    screen.say("stopped")
    assert "".join(written) == "URL\n1 token\r\x1b[K2 tokens\r\x1b[Kstopped\n"
    assert screen.seconds == 1.0


def test_elsewhere_the_state_is_a_line_at_times() -> None:
    """A file would keep every version."""
    written: list[str] = []
    screen = Screen(written.append, terminal=False)
    screen.state("1 token")
    screen.say("stopped")
    assert "".join(written) == "1 token\nstopped\n"
    assert screen.seconds == 30.0

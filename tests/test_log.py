"""Tests of the log."""

import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from proxy.log import LogFormat, configure, direct, without_urls

SECRET = "https://user:canary@cdn.example:8443/a/canary.ts?token=canary#canary"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Restore the process's logging afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_json_has_one_object_per_line() -> None:
    """Fields keep their types."""
    out = io.StringIO()
    configure(out, form="json")

    structlog.get_logger().info("request", status=200, stream="lobby")

    event = json.loads(out.getvalue())
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "request",
        "level": "info",
        "status": 200,
        "stream": "lobby",
    }


def test_s5_a_url_in_a_line_is_shortened() -> None:
    """No event contains one; this is a second safeguard."""
    out = io.StringIO()
    configure(out, form="json")

    structlog.get_logger().info("request", name=SECRET)

    assert json.loads(out.getvalue())["name"] == "https://cdn.example:8443"


@pytest.mark.parametrize(
    "value", ["a", 'a"\\\n', "é", "\udcff", 1 << 63, 1 << 64, None, True, 0.5, -0.0]
)
def test_json_is_ascii_and_exact(value: object) -> None:
    """The stream may have any encoding, and a file name may hold any byte."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    configure(out, form="json")

    structlog.get_logger().info("odd", what=value)

    out.seek(0)
    (line,) = out.readlines()
    assert json.loads(line)["what"] == value


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_direct_line_equals_any_other(form: LogFormat) -> None:
    """Field by field, except the time. Below the level there is none."""
    out = io.StringIO()
    configure(out, form=form)

    structlog.get_logger().info("request", status=200, name=SECRET)
    direct("info")({"status": 200, "name": SECRET, "event": "request"})
    direct("debug")({"event": "quiet"})

    first, second = (
        re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "", line)
        for line in out.getvalue().splitlines()
    )
    assert first == second
    assert "canary" not in first


def test_a_direct_line_can_be_captured() -> None:
    """As tests do with any other line."""
    with capture_logs() as logged:
        direct("info")({"event": "request"})
    assert logged == [{"event": "request", "log_level": "info"}]


def test_times_have_six_decimals_and_other_types_become_text() -> None:
    """So patterns can rely on the format of lines."""
    out = io.StringIO()
    configure(out, form="json")

    structlog.get_logger().info("odd", what={1}, flag=True, none=None, part=0.5)

    event = json.loads(out.getvalue())
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    assert re.fullmatch(stamp, event["timestamp"])
    assert (event["what"], event["flag"], event["none"]) == ("{1}", True, None)
    assert event["part"] == 0.5


def test_text_has_no_colours_off_a_terminal() -> None:
    """Text in files is plain."""
    out = io.StringIO()
    configure(out)

    structlog.get_logger().warning("token refused", stream="lobby")

    assert "token refused" in out.getvalue()
    assert "stream=lobby" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_events_below_the_level_are_not_written() -> None:
    """The level applies to our own events and to those of libraries."""
    out = io.StringIO()
    configure(out, level="warning")

    structlog.get_logger().info("quiet")
    logging.getLogger("asyncio").info("quiet")

    assert out.getvalue() == ""


def test_s5_a_url_is_shortened_to_its_origin() -> None:
    """User, path, query and fragment are removed, wherever the URL is."""
    event = without_urls(None, "info", {"event": f"got <{SECRET}> and more", "n": 1})

    assert event == {"event": "got <https://cdn.example:8443 and more", "n": 1}


def test_s5_a_library_logs_only_its_first_line() -> None:
    """Exceptions appear by type, without their text or traceback."""
    out = io.StringIO()
    configure(out, form="json", level="debug")

    error = ValueError(SECRET)
    logging.getLogger("aiohttp.server").error(
        "failed\nexception=%s", SECRET, exc_info=error
    )

    event = json.loads(out.getvalue())
    assert (event["event"], event["logger"]) == ("failed", "aiohttp.server")
    assert event["error"] == "ValueError"
    assert "canary" not in out.getvalue()


def test_a_level_of_a_librarys_own_is_rounded_down() -> None:
    """An unknown level must not raise an error in the code that logs."""
    out = io.StringIO()
    configure(out, form="json")

    logging.getLogger("library").log(logging.WARNING + 5, "said")

    assert json.loads(out.getvalue())["level"] == "warning"


def test_aiohttps_access_log_is_silent() -> None:
    """It quotes request lines."""
    out = io.StringIO()
    configure(out, level="debug")

    logging.getLogger("aiohttp.access").info("GET /?token=canary")

    assert out.getvalue() == ""


class _Counting(io.StringIO):
    """A stream that counts writes, and may fail."""

    writes = 0
    fails = False

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def write(self, text: str) -> int:
        """Count the write."""
        self.writes += 1
        if self.fails:
            raise BrokenPipeError
        self.texts.append(text)
        return super().write(text)


async def test_lines_of_one_loop_iteration_are_written_together() -> None:
    """In order, from all loggers, before anything else is awaited."""
    out = _Counting()
    configure(out, form="json")
    tell, logger = direct("info"), structlog.get_logger()
    tell({"event": "1"})
    assert out.writes == 0
    logger.warning("2")
    tell({"event": "3"})
    await asyncio.sleep(0)
    assert out.writes == 1
    tell({"event": "4"})
    await asyncio.sleep(0)
    assert out.writes == 2
    events = [json.loads(line)["event"] for line in out.getvalue().splitlines()]
    assert events == ["1", "2", "3", "4"]


def test_without_an_event_loop_a_line_is_written_at_once() -> None:
    """Also the lines left by a loop that ended before it wrote them."""
    out = _Counting()
    configure(out, form="json")
    tell = direct("info")

    async def last() -> None:
        tell({"event": "1"})
        asyncio.get_running_loop().stop()

    for number in (1, 2):
        loop = asyncio.new_event_loop()
        task = loop.create_task(last())
        loop.run_forever()
        assert task.done()
        loop.close()
        tell({"event": "2"})
        assert out.getvalue().count("\n") == 2 * number
    assert out.getvalue().startswith('{"event":"1"')


async def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    """It continues when writing works again."""
    out = _Counting()
    configure(out, form="json")
    tell = direct("info")
    out.fails = True
    tell({"event": "1"})
    await asyncio.sleep(0)
    out.fails = False
    tell({"event": "2"})
    await asyncio.sleep(0)
    assert '"2"' in out.getvalue()


def test_each_line_of_a_worker_names_it() -> None:
    """Several processes write to one log; direct lines name their worker, too."""
    out = io.StringIO()
    configure(out, form="json", worker=2)
    structlog.get_logger().info("request")
    direct("info")({"event": "request"})
    assert [json.loads(line)["worker"] for line in out.getvalue().splitlines()] == [
        2,
        2,
    ]
    configure(out, form="json")
    structlog.get_logger().info("request")
    assert "worker" not in json.loads(out.getvalue().splitlines()[-1])


async def test_a_worker_writes_no_more_than_a_pipe_takes_at_once() -> None:
    """Otherwise other workers' lines could be mixed into its own."""
    out = _Counting()
    configure(out, form="json", worker=1)
    tell = direct("info")
    for number in range(100):
        tell({"event": "request", "name": "x" * 100, "number": number})
    tell({"event": "request", "name": "x" * 5000, "number": 100})
    await asyncio.sleep(0)
    assert 4 < out.writes < 20
    assert all(len(text) <= 4096 for text in out.texts[:-1])
    assert all(text.endswith("}\n") for text in out.texts)
    numbers = [json.loads(line)["number"] for line in out.getvalue().splitlines()]
    assert numbers == list(range(101))

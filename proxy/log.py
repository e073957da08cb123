"""Logging: short events with fields, as text or as JSON.

Messages from libraries are shortened before they are written. They and their exceptions
may quote requests and URLs, and an upstream's URL contains its token.
"""

import asyncio
import contextlib
import io
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]

_MOST_AT_ONCE = 1 << 20
_UNDIVIDED = 4096
"""How many bytes can be written to a pipe at once, without output of other processes in
between (PIPE_BUF on Linux; pipe(7))."""

_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*://)(?:[^\s/?#@]*@)?([^\s/?#'\"]*)\S*")


def configure(
    stream: TextIO,
    *,
    form: LogFormat = "text",
    level: Level = "info",
    worker: int | None = None,
) -> None:
    """Set up structlog and the logging of libraries for the whole process.

    Called at the start and after a reload. Text is coloured on a terminal. `worker` is
    the number of this process if several write to the same log; it is in every event.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[_stamped, *_signed(worker), *_renderers(stream, form)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(
            file=_together(stream, _MOST_AT_ONCE if worker is None else _UNDIVIDED)
        ),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(max(number, logging.WARNING))


class _Together(io.TextIOBase):
    """A stream that collects the lines of one event loop iteration, and writes them.

    Otherwise, the line for each request would cost a system call, about 5 us. Without
    an event loop, each line is written at once.
    """

    def __init__(self, stream: TextIO, most: int) -> None:
        self._stream = stream
        self._most = most
        """How many characters are written at once, unless a single line is longer."""
        self._lines: list[str] = []
        self._scheduled_in: asyncio.AbstractEventLoop | None = None

    def write(self, text: str) -> int:
        """Collect a line; the next flush writes it."""
        self._lines.append(text)
        return len(text)

    def flush(self) -> None:
        """Write the lines; within an event loop, at the end of the iteration."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._drain()
            return
        if self._scheduled_in is not loop:
            self._scheduled_in = loop
            loop.call_soon(self._drain_later)

    def _drain_later(self) -> None:
        self._scheduled_in = None
        # There is no way to report that the log cannot be written.
        with contextlib.suppress(OSError, ValueError):
            self._drain()

    def _drain(self) -> None:
        lines, self._lines = self._lines, []
        for text in _joined(lines, self._most):
            self._stream.write(text)
            self._stream.flush()


def _together(stream: TextIO, most: int) -> TextIO:
    return cast("TextIO", _Together(stream, most))


def _joined(lines: Sequence[str], most: int) -> Iterator[str]:
    """Yield the lines in as few strings as possible, of at most `most` characters."""
    text = ""
    for line in lines:
        if text and len(text) + len(line) > most:
            yield text
            text = ""
        text += line
    if text:
        yield text


def _renderers(stream: TextIO, form: LogFormat) -> Sequence[Processor]:
    if form == "json":
        return [_as_json]
    return [
        without_urls,
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0),
    ]


def _stamped(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
    """Add level and time, like two of structlog's processors, but faster.

    structlog's methods are named after the levels, except `warn` and `exception`, which
    are not used here.
    """
    event["level"] = level
    event["timestamp"] = _now()
    return event


def _signed(worker: int | None) -> Sequence[Processor]:
    if worker is None:
        return []

    def signed(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["worker"] = worker
        return event

    return [signed]


def _now() -> str:
    now = time.time()
    second = int(now)
    return f"{_date(second)}.{int((now - second) * 1e6):06}Z"


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _as_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    """Return an event as JSON, in ASCII, with URLs cut down to their origins."""
    line = _dumped(event)
    # Searching the line takes a tenth of the time of searching all fields.
    return _dumped(without_urls(None, "", event)) if "://" in line else line


def _dumped(event: EventDict) -> str:
    try:
        line = orjson.dumps(event, default=repr).decode()
    except TypeError:  # a lone surrogate, as in odd file names, or an int over 64 bits
        return _escaped(event)
    # orjson cannot escape characters beyond ASCII.
    return line if line.isascii() else _escaped(event)


_escaped = json.JSONEncoder(default=repr, separators=(",", ":")).encode


def without_urls(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Cut every URL in an event down to its origin.

    Our own events hold no URL; this is a second line of defence.
    """
    for key, value in event.items():
        if isinstance(value, str) and "://" in value:
            event[key] = _URL.sub(r"\1\2", value)
    return event


def always() -> structlog.typing.FilteringBoundLogger:
    """Return a logger that ignores the level, for messages about start and stop."""
    config = structlog.get_config()
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        config["logger_factory"](),
        processors=config["processors"],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
    )
    return logger


def direct(level: Level) -> Callable[[EventDict], None]:
    """Return a function that writes events of this level, bypassing structlog's logger.

    It uses the same processors in half the time, for the one event of each request.
    """
    config = structlog.get_config()
    enabled = (
        structlog.get_logger()
        .bind()
        .is_enabled_for(logging.getLevelNamesMapping()[level.upper()])
    )
    if not enabled:
        return _drop
    processors: Sequence[Processor] = config["processors"]
    write = config["logger_factory"]().msg

    def tell(event: EventDict) -> None:
        line: Any = event
        try:
            for processor in processors:
                line = processor(None, level, line)
        except structlog.DropEvent:
            return
        write(line)

    return tell


def _drop(_: EventDict) -> None:
    """Write nothing: the level is disabled."""


class _Foreign(logging.Handler):
    """Passes on the messages of libraries, without exception texts and tracebacks."""

    def emit(self, record: logging.LogRecord) -> None:
        # After the first line, asyncio adds the repr of the exception.
        said = record.getMessage().partition("\n")[0]
        error = record.exc_info[0] if record.exc_info else None
        structlog.get_logger().log(
            # structlog only knows the five levels of the standard library.
            min(record.levelno // 10 * 10, logging.CRITICAL),
            said,
            logger=record.name,
            error=error and error.__name__,
        )

"""How the program logs: short events with fields, as text or as JSON.

What libraries log themselves is cut down before it is written. Their messages and
exceptions may quote requests and URLs, and an upstream's URL holds its token.
"""

import logging
import re
from collections.abc import Sequence
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Form = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]

_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*://)(?:[^\s/?#@]*@)?([^\s/?#'\"]*)\S*")


def configure(stream: TextIO, *, form: Form = "text", level: Level = "info") -> None:
    """Set up structlog and the logging of libraries for the whole process.

    Meant for the start of the program. Text is coloured on a terminal.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            without_urls,
            *_renderers(stream, form),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(max(number, logging.WARNING))


def _renderers(stream: TextIO, form: Form) -> Sequence[Processor]:
    if form == "json":
        return [structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)]


def without_urls(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Cut every URL in an event down to its origin.

    No event of ours holds one; this is the second lock on the door.
    """
    for key, value in event.items():
        if isinstance(value, str) and "://" in value:
            event[key] = _URL.sub(r"\1\2", value)
    return event


class _Foreign(logging.Handler):
    """Passes on what a library says, without exception texts and tracebacks."""

    def emit(self, record: logging.LogRecord) -> None:
        # asyncio puts the repr of the exception on the lines after the first.
        said = record.getMessage().partition("\n")[0]
        error = record.exc_info[0] if record.exc_info else None
        structlog.get_logger().log(
            # structlog knows the five levels of the standard library only.
            min(record.levelno // 10 * 10, logging.CRITICAL),
            said,
            logger=record.name,
            error=error and error.__name__,
        )

"""How the program logs: short events with fields, as text or as JSON.

What libraries log themselves is cut down before it is written. Their messages and
exceptions may quote requests and URLs, and an upstream's URL holds its token.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, Self, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Form = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]

# Made once: structlog's renderer makes one for each line.
_encode = json.JSONEncoder(default=repr).encode

_PLAIN = re.compile("[A-Za-z0-9._/-]*")
_URL = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*://)(?:[^\s/?#@]*@)?([^\s/?#'\"]*)\S*")


def configure(stream: TextIO, *, form: Form = "text", level: Level = "info") -> None:
    """Set up structlog and the logging of libraries for the whole process.

    Meant for the start of the program. Text is coloured on a terminal.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            _stamped,
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
        return [_as_json]
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)]


def _stamped(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
    """Add level and time: structlog's two processors in one, for there are many lines.

    Its methods are named after the levels; `warn` and `exception` are not used here.
    """
    event["level"] = level
    event["timestamp"] = _now()
    return event


def _now() -> str:
    second, part = divmod(time.time(), 1)
    return f"{_date(int(second))}.{int(part * 1e6):06}Z"


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _as_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    members = [f"{_quoted(key)}: {_json(value)}" for key, value in event.items()]
    return f"{{{', '.join(members)}}}"


def _json(value: object) -> str:
    # Words and whole numbers are most of what is told.
    if value.__class__ is str:
        return _quoted(value)
    return str(value) if value.__class__ is int else _encode(value)


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    return json.dumps(text)


def without_urls(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Cut every URL in an event down to its origin.

    No event of ours holds one; this is the second lock on the door.
    """
    for key, value in event.items():
        if isinstance(value, str) and "://" in value:
            event[key] = _URL.sub(r"\1\2", value)
    return event


def always() -> structlog.typing.FilteringBoundLogger:
    """Return a logger that no level silences: for what a start and a stop report."""
    config = structlog.get_config()
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        config["logger_factory"](),
        processors=config["processors"],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
    )
    return logger


class RequestLines:
    """The event of a request, written as structlog writes it by `configure`.

    It is the most frequent one by far. On structlog's way it takes a quarter of the
    time of a request for a playlist that was kept; on this one a twentieth.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    @classmethod
    def configured(cls) -> Self | None:
        """Return them where requests are told as JSON; None: structlog tells them."""
        config, told = structlog.get_config(), structlog.get_logger().bind()
        if _as_json not in config["processors"] or not told.is_enabled_for(
            logging.INFO
        ):
            return None
        return cls(config["logger_factory"]().msg)

    def tell(
        self,
        method: str,
        stream: str | None,
        name: str | None,
        status: int | None,
        sent: int,
        seconds: float,
    ) -> None:
        """Write the line of a request of which nothing else is to be said."""
        self._write(
            f'{_beginning(method, stream)}, "name": {_name(name)}, '
            f'"status": {status or "null"}, "bytes": {sent}, "seconds": {seconds}, '
            '"event": "request", "level": "info", '
            f'"timestamp": "{_now()}"}}'
        )


@lru_cache(maxsize=1024)
def _beginning(method: str, stream: str | None) -> str:
    said = {"method": method, "stream": stream}
    return _as_json(None, "info", without_urls(None, "info", said))[:-1]


def _name(name: str | None) -> str:
    # Each segment has another; there is nothing in it to be escaped, nor a URL.
    if name is not None and _PLAIN.fullmatch(name):
        return f'"{name}"'
    return _as_json(None, "info", without_urls(None, "info", {"": name}))[5:-1]


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

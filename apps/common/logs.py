"""JSON log lines: a constant message and ids, counts, durations and codes beside it."""

import structlog
from structlog.typing import EventDict, WrappedLogger


def line_formatter() -> structlog.stdlib.ProcessorFormatter:
    """Return the formatter of every handler."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
            by_route,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )


def by_route(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    """Tell of a request its method and route: its address may hold an invitation or a link.

    The framework writes the address last in its message, and the request beside it.
    """
    request = line.pop("request", None)
    if request is None:
        return line
    match = getattr(request, "resolver_match", None)
    line["event"] = str(line["event"]).partition(": /")[0]
    line["method"] = getattr(request, "method", None)
    line["route"] = f"/{match.route}" if match else None
    return line

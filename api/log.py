"""The log: lines for people or for programs, each with the number of the request it is about."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.journal import ACCESS, EXCHANGE, Exchange

if TYPE_CHECKING:
    from api.settings import Settings


def configure(settings: Settings) -> None:
    """Have the log of this process written as the settings say; for the program that serves."""
    handler = logging.StreamHandler(sys.stdout if settings.log_to == "stdout" else sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    ACCESS.setLevel(logging.INFO if settings.access_log else logging.CRITICAL)


class TextLines(logging.Formatter):
    """Lines for people."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a fault has its traceback below."""
        exchange = getattr(record, "exchange", None)
        if exchange is not None:
            shown = members(exchange)
            query = f"?{exchange.query}" if exchange.query else ""
            said = (
                f"{exchange.client or '-'} {exchange.method} {_printable(exchange.path + query)} "
                f"{exchange.status} {exchange.size} B {shown['duration_ms']} ms"
            )
        else:
            said = f"{record.levelname} {record.name}: {record.getMessage()}"
        number = _number(record)
        line = f"{_moment(record)} {said}" + (f" [{number}]" if number else "")
        return line + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback is a member of it."""
        line: dict[str, Any] = {"time": _moment(record), "level": record.levelname.lower()}
        exchange = getattr(record, "exchange", None)
        if exchange is not None:
            line |= {"logger": record.name, **members(exchange)}
        else:
            line |= {"logger": record.name, "message": record.getMessage()}
            number = _number(record)
            line |= {"request_id": number} if number else {}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def members(exchange: Exchange) -> dict[str, Any]:
    """What a line says of a request; durations in milliseconds, ``None`` for what never came."""
    first = exchange.first_byte - exchange.began if exchange.first_byte else None
    return {
        "request_id": exchange.request_id,
        "client": exchange.client or None,
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.query,
        "route": exchange.route or None,
        "status": exchange.status,
        "bytes": exchange.size,
        "complete": exchange.is_complete,
        "duration_ms": round((exchange.ended - exchange.began) * 1000, 2),
        "first_byte_ms": None if first is None else round(first * 1000, 2),
        "user_agent": exchange.user_agent or None,
    }


def _number(record: logging.LogRecord) -> str:
    exchange = getattr(record, "exchange", None) or EXCHANGE.get()
    return "" if exchange is None else exchange.request_id


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _printable(text: str) -> str:
    # A path is decoded, and may hold the end of a line or a command to a terminal.
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)

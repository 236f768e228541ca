"""Asking a server, with QGIS's own network: its proxies, certificates and passwords apply."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import QgsBlockingNetworkRequest
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtNetwork import QNetworkRequest


class Unanswered(Exception):
    """A server gave no answer that is of use; the message says why."""


def fetch(address: str, accept: str = "application/json") -> bytes:
    """What a server answers.

    Raises
    ------
    Unanswered
    """
    request = QNetworkRequest(QUrl(address))
    request.setRawHeader(b"Accept", accept.encode())
    asked = QgsBlockingNetworkRequest()
    if asked.get(request, True) != QgsBlockingNetworkRequest.ErrorCode.NoError:
        told = bytes(asked.reply().content())[:500].decode("utf-8", "replace")
        raise Unanswered(_detail(told) or asked.errorMessage())
    return bytes(asked.reply().content())


def fetch_json(address: str) -> Any:
    """What a server answers, read as JSON.

    Raises
    ------
    Unanswered
    """
    try:
        return json.loads(fetch(address))
    except ValueError as fault:
        raise Unanswered(str(fault)) from fault


def _detail(told: str) -> str:
    """The reason of an answer of RFC 9457, where it is one."""
    try:
        found = json.loads(told)
    except ValueError:
        return ""
    return str(found.get("detail", "")) if isinstance(found, dict) else ""

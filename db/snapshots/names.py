"""The name of a snapshot, which can stand wherever a date or moment can."""

from __future__ import annotations

import re

from db.errors import InvalidQuery
from db.models.snapshots import NAME

PARAMETER = "snapshot"
RULE = "it begins with a letter, and has letters, digits, '.', '_' and '-', 64 at most"

_NAME = re.compile(NAME.removesuffix("$"))


def is_name(text: str) -> bool:
    """Whether a text can be the name of a snapshot; no date and no moment is.

    Examples
    --------
    >>> is_name("v1.0"), is_name("2020-01-11"), is_name("a b")
    (True, False, False)
    """
    return _NAME.fullmatch(text) is not None


def check_name(text: str) -> None:
    """Refuse what can be no name.

    Raises
    ------
    InvalidQuery
    """
    if not is_name(text):
        raise InvalidQuery(PARAMETER, text, RULE)

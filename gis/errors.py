"""What can be wrong with a value of space or time.

Every error of this package is a :class:`GisError`. It is named for what is wrong, and carries the
offending ``value`` and the ``rule`` that it breaks, so that a caller can show both without parsing
the message. Nothing here knows of HTTP: statuses are given in ``api.errors``.
"""

from __future__ import annotations


class GisError(Exception):
    """A value that breaks a rule of space, time or format.

    Parameters
    ----------
    value : object
        What was given.
    rule : str
        What it should have been, as the end of the sentence "... is refused: <rule>".
    """

    noun = "value"

    def __init__(self, value: object, rule: str) -> None:
        self.value = value
        self.rule = rule
        super().__init__(f"{self.noun} {value!r} is refused: {rule}")

    def __reduce__(self) -> tuple[type[GisError], tuple[object, str]]:
        """Keep value and rule on the way from one process to another."""
        return type(self), (self.value, self.rule)


class InvalidBBox(GisError):
    """A bounding box that has not four or six numbers in range."""

    noun = "bounding box"


class InvalidInterval(GisError):
    """A date, time or interval that cannot be read, or that ends before it starts."""

    noun = "date or interval"


class InvalidGeometry(GisError):
    """A geometry that is missing, empty or of the wrong type where one is needed."""

    noun = "geometry"


class CrsMismatch(GisError):
    """Coordinates in another reference system than the function takes."""

    noun = "coordinate reference system"


class UnsupportedFormat(GisError):
    """A file format that is not written or read here."""

    noun = "format"


class InvalidSetting(GisError):
    """A setting of an analysis that is out of its range."""

    noun = "setting"


class UnknownTile(GisError):
    """A tile that a tile matrix set does not have, or a set that is not offered."""

    noun = "tile"


class TooMuchForFormat(GisError):
    """More features, or more bytes, than a file of the format can hold."""

    noun = "number of features"

"""Licences by the names that rows bear: their identifiers for programs, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence that is known beyond this program.

    Parameters
    ----------
    spdx : str
        Its identifier in the list of https://spdx.org/licenses/.
    deed : str
        Where it is written out.
    """

    spdx: str
    deed: str


_CC0 = Licence("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")

LICENCES: dict[str, Licence] = {
    "CC BY 4.0": Licence("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC BY 3.0": Licence("CC-BY-3.0", "https://creativecommons.org/licenses/by/3.0/"),
    "CC BY-SA 4.0": Licence("CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "CC0": _CC0,
    "CC0 1.0": _CC0,
    "ODbL 1.0": Licence("ODbL-1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
}
"""By name. A name that states no version ("CC BY") is that of no licence here."""


def single_names(licences: tuple[str, ...]) -> tuple[str, ...]:
    """The names of licences, in order: a row derived from others has theirs, with semicolons.

    Examples
    --------
    >>> single_names(("ODbL 1.0", "CC BY 4.0; ODbL 1.0", ""))
    ('CC BY 4.0', 'ODbL 1.0')
    """
    return tuple(sorted({name.strip() for each in licences for name in each.split(";")} - {""}))

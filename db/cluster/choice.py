"""Which server programs to use, in view of the data that is already there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.cluster import packages
from db.cluster.binaries import Binaries, Way, installed
from db.errors import NoPostgis, OtherMajor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from db.cluster.home import Home


def at_hand(folder: Path, way: Way | None) -> tuple[list[Binaries], list[str]]:
    """List the servers that could be used at once, the preferred one first.

    Parameters
    ----------
    folder : where packages are unpacked
    way : only installed ones, or only unpacked ones; None for both

    Returns
    -------
    usable, reasons
        ``reasons`` says why others are not among them.
    """
    usable, reasons = ([], []) if way == "packages" else installed()
    if way != "installed":
        usable = [*usable, *packages.unpacked(folder)]
    return usable, reasons


def fitting(usable: list[Binaries], majors: list[int]) -> Binaries | None:
    """Pick the first server that can read the newest readable data; any if there is no data."""
    for major in majors:
        for binaries in usable:
            if binaries.major == major:
                return binaries
    return None if majors else next(iter(usable), None)


def choose(
    home: Home,
    folder: Path,
    way: Way | None,
    prove: packages.Proof,
    say: Callable[[str], None],
) -> Binaries:
    """Choose the server: one that fits the data, else the newest; fetch it if there is none.

    Parameters
    ----------
    home : whose data folders decide on the major version
    folder : where packages are unpacked
    way : only an installed server, or only an unpacked one; None: installed ones first
    prove, say : see `db.cluster.packages.fetch`

    Raises
    ------
    NoPostgis
        When there is no server and none can be fetched.
    OtherMajor
        When there are servers, but none that can read the data.
    """
    usable, reasons = at_hand(folder, way)
    majors = home.majors()
    chosen = fitting(usable, majors)
    if chosen:
        return chosen
    try:
        if way == "installed":
            raise NoPostgis([*reasons, "LIPTAKO_POSTGRES=installed forbids unpacked packages"])
        return packages.fetch(folder, majors[0] if majors else None, prove, say)
    except NoPostgis as error:
        if majors and usable:
            data = home.data(majors[0])
            raise OtherMajor(data, majors[0], usable[0].major) from error
        raise NoPostgis([*reasons, *error.reasons]) from error

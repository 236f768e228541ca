"""Whether servers gave the same answer: the same features, with the same values.

Compared by key, whatever the order: our server begins with features that show every field. What is
written differently and means the same is the same: ``7`` and ``7.0``, ``Z`` and ``+00:00``, a
coordinate to 7 decimals and to 15. Links and other members of a server's own are passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scripts.measure.cases import fetched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.measure.cases import Case
    from scripts.measure.servers import Server

LEADING = 10
"""Most features that our first page shows out of their turn."""
DEGREES = 1e-7


class NotTheSame(Exception):
    """Two servers answered differently, so their times cannot be compared."""

    def __init__(self, case: str, server: str, what: str) -> None:
        self.case, self.server, self.what = case, server, what
        super().__init__(f"{case}: {server} answers differently: {what}")


def compare(case: Case, running: Mapping[str, Server]) -> int:
    """Compare what the servers answer to the first path of a case, and count what was equal.

    Raises
    ------
    NotTheSame
    """
    answers = {name: fetched(running[name].port, paths[0]) for name, paths in case.paths.items()}
    return same_features(case.name, answers)


def same_features(case: str, answers: Mapping[str, Any]) -> int:
    """See that answers have the features of the first of them, and count those.

    A count of all that match is compared where an answer has one.

    Raises
    ------
    NotTheSame
    """
    (_, known), *others = answers.items()
    ours = _features(known)
    for name, answer in others:
        theirs = _features(answer)
        numbers = {known.get("numberMatched"), answer.get("numberMatched")} - {None}
        if len(numbers) > 1:
            raise NotTheSame(case, name, f"numberMatched {sorted(numbers)}")
        both = ours.keys() & theirs.keys()
        if len(ours) != len(theirs) or len(both) < len(ours) - LEADING:
            what = f"{len(ours)} and {len(theirs)} features, {len(both)} of them the same"
            raise NotTheSame(case, name, what)
        for key in both:
            if (difference := _difference(ours[key], theirs[key])) is not None:
                raise NotTheSame(case, name, f"feature {key}: {difference}")
    return len(ours)


def _features(answer: Any) -> dict[int, Any]:
    features = answer["features"] if "features" in answer else [answer]
    return {int(feature["id"]): feature for feature in features}


def _difference(one: Any, other: Any) -> str | None:
    for mine, yours in zip(
        *(each["geometry"]["coordinates"] for each in (one, other)), strict=True
    ):
        if abs(mine - yours) > DEGREES:
            return f"{mine} and {yours} degrees"
    values = other["properties"]
    for name, value in one["properties"].items():
        if _plain(value) != _plain(values[name]):
            return f"{name} {value!r} and {values[name]!r}"
    more = values.keys() - one["properties"].keys() - {"id"}
    return f"more properties: {sorted(more)}" if more else None


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.endswith("+00:00"):
        return value.removesuffix("+00:00") + "Z"
    return value

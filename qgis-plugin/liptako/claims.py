"""What reports say of an incident, as a page of the panel."""

from __future__ import annotations

from html import escape
from typing import Any

from .words import tr

_FIGURES = ("low", "best", "high")
_LOWER = ("at least", "more than")


def page(incident: str, title: str, claims: list[dict[str, Any]]) -> str:
    """The claims of an incident as HTML, told report by report.

    Claims contradict one another, so they stand side by side and nothing is summed.
    """
    head = f"<h3>{escape(title or incident)}</h3><p><code>{escape(incident)}</code></p>"
    if not claims:
        return f"{head}<p>{tr('No report makes a claim about it')}</p>"
    reports: dict[str, list[dict[str, Any]]] = {}
    for claim in claims:
        reports.setdefault(str(claim["report"]), []).append(claim)
    return head + "".join(_report(told) for told in reports.values())


def figures(claim: dict[str, Any]) -> str:
    """A claim's number of people as it was said: ``71``, ``25+``, ``at least 25``, ``up to 8``.

    Missing is not known, and never 0.
    """
    low, best, high = (_whole(claim.get(name)) for name in _FIGURES)
    word = str(claim.get("qualifier") or "exact").replace("_", " ")
    said = best or ""
    if low is not None and high is not None:
        said = low if low == high else f"{low}\u2013{high}"
    elif low is not None:
        said = low if word in _LOWER else f"{low}+"
    elif high is not None:
        said = high if word == "at most" else f"\u2264 {high}"
    return f"{word} {said}" if said and word != "exact" else said


def _report(claims: list[dict[str, Any]]) -> str:
    first = claims[0]
    day = str(first.get("published") or tr("date not known"))
    head = f"<b>{escape(str(first.get('source') or ''))}</b>, {tr('published')} {escape(day)}"
    title = escape(str(first.get("report_title") or ""))
    told = "".join(f"<li>{_claim(claim)}</li>" for claim in claims)
    return f"<p>{head}<br/><i>{title}</i></p><ul>{told}</ul>"


def _claim(claim: dict[str, Any]) -> str:
    who = claim.get("claimant")
    parts = [
        escape(str(claim.get("statement") or "")),
        _figure(claim),
        f"({escape(str(who))})" if who else "",
    ]
    denied = f"<b>{tr('denies')}</b>: " if claim.get("polarity") == "denies" else ""
    return denied + " ".join(part for part in parts if part)


def _figure(claim: dict[str, Any]) -> str:
    said = figures(claim)
    if not said:
        return ""
    of_whom = (said, claim.get("person_status"), claim.get("harm"))
    words = " ".join(str(each) for each in of_whom if each).replace("_", " ")
    return f"<b>[{escape(words)}]</b>"


def _whole(value: Any) -> str | None:
    return None if value is None else str(int(value))

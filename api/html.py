"""Pages for people: complete without scripts, and without anything from elsewhere.

Texts of the database come from press reports and from anybody's files; the templates escape all of
them (autoescape is always on, and no template marks anything as safe but our own drawings).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from api.links import link_header
from api.media import HTML

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.links import Base, Link
    from api.service import Service

MISSING = "not known"
"""What stands where a value is missing: never an empty cell that could be read as nought."""


def page_response(
    service: Service,
    base: Base,
    template: str,
    values: Mapping[str, Any],
    headers: Mapping[str, str],
    links: Sequence[Link] = (),
    status: int = 200,
) -> Response:
    """A page as an answer."""
    text = page(service, base, template, values)
    more = {"Link": link_header(links)} if links else {}
    return Response(text, status, {**headers, **more}, HTML)


def page(service: Service, base: Base, template: str, values: Mapping[str, Any]) -> str:
    """The text of a page.

    Parameters
    ----------
    service : Service
    base : Base
    template : str
        Its file name.
    values : mapping
        What the template names, the service's own title and address apart.
    """
    shared = {"settings": service.settings, "base": base, "release": service.release}
    return environment().get_template(template).render({**shared, **values})


@cache
def environment() -> Environment:
    """The templates, and how values are written in them."""
    made = Environment(
        loader=PackageLoader("api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["shown"] = shown
    made.tests["an_address"] = is_address
    return made


def shown(value: object) -> str:
    """A value as people read it.

    Examples
    --------
    >>> shown(None), shown(7.0), shown(0), shown(1234.5678)
    ('not known', '7', '0', '1,234.57')
    >>> shown(datetime(2019, 12, 10))
    '2019-12-10'
    """
    if value is None:
        return MISSING
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def is_address(value: object) -> bool:
    """Whether a value is a web address that may be made a link; any other scheme may not.

    Examples
    --------
    >>> is_address("https://example.org/"), is_address("javascript:alert(1)"), is_address(None)
    (True, False, False)
    """
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _moment(moment: datetime) -> str:
    # Civil time leaves labelled UTC (see db.query); the label is no part of it.
    civil = moment.astimezone(UTC) if moment.tzinfo is not None else moment
    if civil.time() == civil.min.time():
        return civil.date().isoformat()
    if (civil.hour, civil.minute, civil.second) == (23, 59, 59):
        return f"end of {civil.date().isoformat()}"
    return civil.strftime("%Y-%m-%d %H:%M")

"""What schemathesis must know besides the API description; it imports this file by itself.

Two of its checks have an exception here, for the standard makes it:

- A `limit` above the maximum is no error but the maximum (`/req/core/fc-limit-response-1`), so such
  requests are not taken for invalid ones.
- A schema cannot tell which text is a filter, a cursor or a calendar day, so a refusal of a request
  that fits its schema is no fault; the check of it is off (see `test_schemathesis`).

And a rule of ours is checked: whatever is refused is told in a problem document (RFC 9457).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis

from api.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

PROBLEM = "application/problem+json"
REFUSALS = range(400, 600)
LONGEST = Settings().max_limit


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leave out what asks for a page longer than the longest."""
    query: Mapping[str, Any] = case.query or {}
    limit = str(query.get("limit", ""))
    return not (limit.isdigit() and int(limit) > LONGEST)


@schemathesis.check
def refusals_are_problem_documents(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """Look for the members of RFC 9457 in whatever is not as it was asked for."""
    media_type = response.headers.get("content-type", [""])[0]
    if response.status_code not in REFUSALS or media_type.startswith("text/html"):
        return None
    assert media_type == PROBLEM, media_type
    if case.method != "HEAD":
        members = response.json()
        assert members["status"] == response.status_code
        assert members["title"]
        assert members["detail"]
    return None

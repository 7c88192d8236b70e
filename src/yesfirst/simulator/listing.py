"""The query of `GET Messages.json`: To, From, the DateSent filters, PageSize, Page and PageToken.

Twilio writes the inequalities into the names: `DateSent>=2026-01-31` arrives as the parameter `DateSent>`
with the value `2026-01-31`. Both are inclusive, and a value without a time means the whole day, in UTC.
Source: https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from .messages import Message, Wanted

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class BadQuery(ValueError):
    """A parameter that cannot be read; the message names it."""


@dataclass(frozen=True, slots=True, repr=False)
class Listing:
    """One page that is asked for: which messages, how many, after which sid."""

    wanted: Wanted
    size: int
    number: int
    after: str | None


def parse(query: Mapping[str, str]) -> Listing:
    """Read the query of a list; raises BadQuery."""
    since, before = float("-inf"), float("inf")
    for name, value in query.items():
        relation = name.removeprefix("DateSent").removesuffix("=")
        if not name.startswith("DateSent") or not value:
            continue
        # A message is stamped to the second: `<=` a time includes that whole second.
        start, end = _span(name, value)
        if relation in ("", ">"):
            since = max(since, start.timestamp())
        if relation in ("", "<"):
            before = min(before, end.timestamp())
        if relation not in ("", "<", ">"):
            raise BadQuery("The parameter DateSent takes <= and >= only.")
    return Listing(
        Wanted(query.get("To") or None, query.get("From") or None, since, before),
        min(_whole(query, "PageSize", 50, least=1), 1000),
        _whole(query, "Page", 0, least=0),
        query["PageToken"].removeprefix("PA") if query.get("PageToken") else None,
    )


def render(path: str, query: Mapping[str, str], listing: Listing, page: list[Message], more: bool) -> object:
    """Build Twilio's JSON of one page; `path` is that of the list, without the query."""
    filters = {name: value for name, value in query.items() if name not in ("Page", "PageToken", "PageSize")}

    def uri(number: int, after: str | None) -> str:
        token = {"PageToken": f"PA{after}"} if after else {}
        return f"{path}?{urlencode({**filters, 'PageSize': listing.size, 'Page': number, **token})}"

    start = listing.number * listing.size
    return {
        "messages": [message.resource() for message in page],
        "first_page_uri": uri(0, None),
        "next_page_uri": uri(listing.number + 1, page[-1].sid) if more else None,
        "previous_page_uri": None,
        "page": listing.number,
        "page_size": listing.size,
        "start": start,
        "end": start + max(len(page) - 1, 0),
        "uri": uri(listing.number, listing.after),
    }


def _span(name: str, value: str) -> tuple[datetime, datetime]:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise BadQuery(f"The parameter {name} is not a date: write YYYY-MM-DD or an ISO 8601 time.") from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    # Twilio's SDKs send a midnight as a time; for a bare DateSent that means its day.
    if len(value) == 10 or name == "DateSent":
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        return day, day + _DAY
    return at, at.replace(microsecond=0) + _SECOND


def _whole(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    value = query.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and int(value) >= least):
        raise BadQuery(f"The parameter {name} must be a whole number of at least {least}.")
    return int(value)

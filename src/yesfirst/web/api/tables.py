"""A table of people as the body of a request, and the parameters that say how it is read.

What the command takes as options comes in the query: names of columns, never what stands below them.
"""

import asyncio
import io
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromQuery, QueryParameter

from yesfirst.intake.brand import Brand
from yesfirst.intake.dates import DateOrder, InvalidDuration, read_duration
from yesfirst.intake.notice import Notice
from yesfirst.intake.people import ExpiresAfter, NeverExpires
from yesfirst.usecases.files import open_people_file
from yesfirst.usecases.import_people import Source
from yesfirst.web.api.bodies import TABLE_EXAMPLE
from yesfirst.web.problems import problem
from yesfirst.web.signature import AnyRequest

MOST_BYTES = 16 * 1024 * 1024
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Mapped = Annotated[
    list[str] | None,
    QueryParameter(
        name="map",
        description="TARGET=COLUMN: what a column holds. number, given, expires, external_id, language, a fact that "
        "the law asks about, or an attribute; a column by its header, or #3. May come several times.",
    ),
]
ColumnName = Annotated[str | None, QueryParameter(description="The column that says so.")]
Days = Annotated[str | None, QueryParameter(description="Such as 365d: consent expires so long after.")]
Endless = Annotated[bool, QueryParameter(description="The notice set no end.")]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read: targets to headers as chosen, and what else is not guessed.

    Consent expires after so many `days`, is `endless`, or has its expiry in a column.
    """

    chosen: dict[str, str] = field(repr=False)
    days: int | None
    endless: bool
    encoding: str | None
    sheet: str | None
    order: DateOrder | None

    async def open(self, table: bytes, brand: Brand, notice: Notice) -> Source:
        """The table of people who were shown `notice`, its columns matched; raises what `open_people_file` does."""
        after = None if self.days is None else ExpiresAfter(self.days)
        return await asyncio.to_thread(
            open_people_file,
            io.BytesIO(table),
            brand,
            chosen=self.chosen,
            expiry=NeverExpires() if self.endless else after,
            encoding=self.encoding,
            sheet=self.sheet,
            order=self.order,
            relationship=notice.rests_on_relationship,
        )


def reading_of(
    columns: Mapped = None,
    given_column: ColumnName = None,
    expires_column: ColumnName = None,
    expires_after: Days = None,
    no_expiry: Endless = False,
    encoding: FromQuery[str | None] = None,
    sheet: FromQuery[str | None] = None,
    date_order: FromQuery[DateOrder | None] = None,
) -> Reading:
    """Reads the query; a 400 problem where it contradicts itself."""
    if (expires_column is not None) + (expires_after is not None) + no_expiry > 1:
        raise _unclear("Of expires_column, expires_after and no_expiry only one can hold.")
    named = {"given": given_column, "expires": expires_column}
    chosen = _mapped(columns or []) | {target: one for target, one in named.items() if one is not None}
    return Reading(chosen, _days(expires_after), no_expiry, encoding, sheet, date_order)


def _mapped(columns: list[str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for each in columns:
        target, mark, header = each.partition("=")
        if not mark or not target or not header:
            raise _unclear("Write map=TARGET=COLUMN, such as map=number=Mobile, or map=number=#3.")
        chosen[target.strip()] = header.strip()
    return chosen


def _days(written: str | None) -> int | None:
    try:
        return None if written is None else read_duration(written)
    except InvalidDuration:
        raise _unclear("expires_after is a number of days, such as 365d.") from None


def _unclear(detail: str) -> Exception:
    return problem(HTTPStatus.BAD_REQUEST, "READING_UNCLEAR", detail)


def check_kind(request: AnyRequest) -> None:
    """A 415 problem for a body that is neither of the two kinds of table."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (CSV, XLSX):
        detail = f"Send a table as {CSV} or {XLSX}."
        raise problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "TABLE_KIND_UNKNOWN", detail)


@dataclass
class TableOperation(Operation):
    """An operation of the schema whose body is a table; the framework knows bodies that are values only."""

    def __post_init__(self) -> None:
        binary = Schema(type=OpenAPIType.STRING, content_media_type=XLSX)
        shown = Schema(type=OpenAPIType.STRING, examples=[TABLE_EXAMPLE])
        content = {CSV: OpenAPIMediaType(schema=shown), XLSX: OpenAPIMediaType(schema=binary)}
        self.request_body = RequestBody(required=True, content=content)

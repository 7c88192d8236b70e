"""Files of people: the table in, how every row of it ended out.

One table at a time is read by a server, so that imports never take the connections and the time that a STOP needs.
A table stays in memory and is not written down; it is answered when all of it is in.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, RawBody
from msgspec import Struct

from yesfirst.intake.brand import Brand
from yesfirst.intake.headers import Columns
from yesfirst.intake.notice import Notice
from yesfirst.intake.result import Outcome, RowReason
from yesfirst.ledger.text import BadText, hash_text, parse_hash
from yesfirst.usecases import documents, kept_imports
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.import_people import Terms
from yesfirst.usecases.kept_imports import Standing, import_and_keep
from yesfirst.web.api.access import brand_for, unknown
from yesfirst.web.api.tables import MOST_BYTES, Reading, TableOperation, check_kind
from yesfirst.web.documented import refused_with
from yesfirst.web.problems import problem
from yesfirst.web.signature import AnyRequest

_SECONDS = "10"
_MOST_ROWS = 1_000
NoticeName = Annotated[str, QueryParameter(description="SHA-256 of the wording, as the brand lists it.")]
Trial = Annotated[bool, QueryParameter(description="Say how every row would end, and change nothing.")]
Limit = Annotated[int, QueryParameter(ge=1, le=_MOST_ROWS, description="How many rows a page has at most.")]
Line = Annotated[
    int, QueryParameter(name="after", ge=0, le=2**31 - 1, description="The page before's `next`.")
]
Ending = Annotated[Outcome | None, QueryParameter(description="Only rows that ended so.")]


class Import(Struct, frozen=True, kw_only=True):
    """How an import stands: `rows` have ended, `outcomes` and `reasons` count them; kept for a day."""

    id: str
    brand: str
    dry_run: bool
    started_at: datetime
    finished_at: datetime | None
    rows: int
    outcomes: dict[str, int]
    reasons: dict[str, int]


class Matched(Struct, frozen=True):
    """`guessed` are the headers by what they were taken for; `dropped` ones the brand does not declare."""

    guessed: dict[str, str]
    dropped: list[str]


class Imported(Struct, frozen=True, rename={"standing": "import"}):
    """A table that was imported, and what its columns were taken for."""

    standing: Import
    columns: Matched


class EndedRow(Struct, frozen=True):
    """`line` of the file; `column` is the header of the cell at fault, `hint` the nearest word that would do."""

    line: int
    outcome: Outcome
    reason: RowReason | None
    column: str
    hint: str


class RowPage(Struct, frozen=True):
    """Rows by line; `next` is the cursor of the following page, null on the last."""

    rows: list[EndedRow]
    next: int | None


@dataclass(slots=True)
class ImportDesk:
    """Where tables are taken, one at a time."""

    taken: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A 429 problem while another table is being imported."""
        if self.taken.locked():
            detail = "This server is importing another table. Send the same again in a moment."
            busy = problem(HTTPStatus.TOO_MANY_REQUESTS, "IMPORTS_BUSY", detail)
            busy.headers = {"Retry-After": _SECONDS}
            raise busy
        async with self.taken:
            yield


class TablePages(Controller):
    path = "/people/import"

    @post(
        status_code=HTTPStatus.OK,
        can=Capability.PEOPLE,
        request_max_body_size=MOST_BYTES,
        operation_class=TableOperation,
        responses=refused_with([HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.TOO_MANY_REQUESTS]),
    )
    async def import_table(
        self,
        request: AnyRequest,
        body: RawBody,
        brand: FromQuery[str],
        purpose: FromQuery[str],
        notice: NoticeName,
        reading: NamedDependency[Reading],
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        desk: NamedDependency[ImportDesk],
        dry_run: Trial = False,
    ) -> Imported:
        """Import a CSV file or a workbook of people who agreed; answered when every row has ended."""
        check_kind(request)
        found = await brand_for(caller, ground, brand)
        terms = Terms(found, purpose, await _notice_for(ground, found, notice, purpose))
        async with desk.turn():
            source = await reading.open(body, found, terms.notice)
            done = await import_and_keep(ground, source, terms, dry_run=dry_run)
        return Imported(_import(done), _matched(source.plan.columns))


class ImportPages(Controller):
    path = "/imports"

    @get("/{id:str}", can=Capability.READ)
    async def get_import(
        self, id: FromPath[str], caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> Import:
        """How an import stands; one that was interrupted goes on when the same is sent again."""
        return _import(await _import_for(caller, ground, id))

    @get("/{id:str}/rows", can=Capability.READ)
    async def get_rows(
        self,
        id: FromPath[str],
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        outcome: Ending = None,
        after: Line = 0,
        limit: Limit = 200,
    ) -> RowPage:
        """How every row ended, by line."""
        found = await _import_for(caller, ground, id)
        ended = await kept_imports.rows(ground, found.id, outcome, after, limit + 1)
        shown = [EndedRow(row.line, row.outcome, row.reason, row.column, row.hint) for row in ended[:limit]]
        return RowPage(shown, shown[-1].line if len(ended) > limit else None)


async def _notice_for(ground: Ground, brand: Brand, sha256: str, purpose: str) -> Notice:
    notice = await documents.find_notice(ground, brand, sha256)
    if purpose not in notice.purposes:
        detail = "The notice does not cover the purpose."
        raise problem(HTTPStatus.UNPROCESSABLE_ENTITY, "PURPOSE_INVALID", detail)
    return notice


async def _import_for(caller: Caller, ground: Ground, id: str) -> Standing:
    """The import of a brand that the caller may use; a 404 problem for any other."""
    try:
        found = await kept_imports.find(ground, parse_hash(id))
    except BadText:
        found = None
    if found is None or not caller.may_use(found.brand):
        raise unknown("IMPORT_UNKNOWN")
    return found


def _import(one: Standing) -> Import:
    return Import(
        id=hash_text(one.id),
        brand=one.brand,
        dry_run=one.dry_run,
        started_at=one.started_at,
        finished_at=one.finished_at,
        rows=one.report.rows,
        outcomes=one.report.outcomes,
        reasons=one.report.reasons,
    )


def _matched(columns: Columns) -> Matched:
    guessed = {target: column.header for target, column in columns.guessed}
    return Matched(guessed, [column.header for column in columns.dropped])

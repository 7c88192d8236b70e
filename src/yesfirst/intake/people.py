"""One row of a customer file, read as a person and the consent they are said to have given.

Invariants: every row becomes a Person or a Rejected, never nothing; nothing is guessed; what several rows
about one number add up to does not depend on their order; an expired consent is still a fact and is read.

Whether a withdrawal came since, and what is already known, is not known here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

import msgspec

from yesfirst.intake.cells import CellValue, InvalidCell, read_language, read_text, read_value
from yesfirst.intake.circumstances import NOTHING_SAID, Circumstances, InvalidFact, read_circumstances
from yesfirst.intake.csvfile import Row
from yesfirst.intake.dates import DateOrder, days_after, expires_at, given_at, read_date
from yesfirst.intake.headers import Column, Columns
from yesfirst.intake.result import RowReason
from yesfirst.rules import numbers

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ENDLESS = 1 << 62  # later than any expiry in milliseconds, and a PostgreSQL bigint


@dataclass(frozen=True, slots=True)
class ExpiresAfter:
    """Consent expires this many calendar days after it was given."""

    days: int


@dataclass(frozen=True, slots=True)
class NeverExpires:
    """The notice set no end; whoever imports has said so."""


Expiry = Column | ExpiresAfter | NeverExpires


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """How the rows of one file are read.

    `zone` and `default_region` are those of the brand; a row has at least `needed` cells, and none that is
    filled beyond `width`.
    """

    columns: Columns
    expiry: Expiry
    zone: ZoneInfo
    default_region: str
    order: DateOrder | None
    needed: int
    width: int


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says; times are UTC, `expires` is exclusive, None means without end."""

    line: int
    e164: str
    given: datetime
    expires: datetime | None
    attributes: dict[str, CellValue]
    private: dict[str, CellValue]
    external_id: str | None = None
    language: str | None = None
    circumstances: Circumstances = NOTHING_SAID

    def __repr__(self) -> str:
        return f"Person(line={self.line})"


class Rejected(msgspec.Struct, frozen=True):
    """A row that is not taken, why, the header of the cell at fault, and the known word nearest to it."""

    line: int
    reason: RowReason
    column: str = ""
    hint: str = ""


class _Fault(Exception):
    def __init__(self, reason: RowReason, column: Column, hint: str = "") -> None:
        self.reason = reason
        self.column = column
        self.hint = hint


def plan_import(
    columns: Columns,
    declared: ExpiresAfter | NeverExpires | None,
    *,
    zone: ZoneInfo,
    default_region: str,
    width: int,
    order: DateOrder | None = None,
) -> ImportPlan:
    """Say how to read a file whose header has `width` cells; consent expires as declared, or by column.

    Raises ValueError where there is neither: an absent expiry is never "for ever".
    """
    expiry = declared or columns.expires
    if expiry is None:
        raise ValueError("no expiry: name a column for it, a validity in days, or say that there is none")
    fixed = (columns.number, columns.given, columns.expires, columns.external_id, columns.language)
    read = [column for column in fixed if column]
    read += [column for _, column in (*columns.attributes, *columns.facts)]
    needed = 1 + max(column.index for column in read)
    return ImportPlan(columns, expiry, zone, default_region, order, needed, width)


def read_row(row: Row, plan: ImportPlan, now: datetime) -> Person | Rejected:
    """The person that `row` is about, or the first reason, in the order of RowReason, not to take it."""
    cells = row.cells
    # A row that ends early is whole as long as every column that is read is there (Excel drops blank ends).
    if len(cells) < plan.needed or any(cell.strip() for cell in cells[plan.width :]):
        return Rejected(row.line, RowReason.COLUMNS_MISMATCH)
    columns = plan.columns
    try:
        e164 = _number(cells, columns.number, plan.default_region)
        given = _given(cells, columns.given, plan, now)
        expires = _expires(cells, plan, given)
        plain, private = _attributes(cells, plan)
        external_id = _optional(cells, columns.external_id, read_text)
        language = _optional(cells, columns.language, read_language)
        circumstances = _circumstances(cells, plan, now) if columns.facts else NOTHING_SAID
    except _Fault as fault:
        return Rejected(row.line, fault.reason, fault.column.header, fault.hint)
    return Person(
        line=row.line,
        e164=e164,
        given=given,
        expires=expires,
        attributes=plain,
        private=private,
        external_id=external_id,
        language=language,
        circumstances=circumstances,
    )


def precedence(person: Person) -> tuple[int, int, bytes]:
    """A total order on what rows about one number say; the greatest wins.

    The latest `given` wins, then the earliest expiry; the last part only breaks ties. All three sort alike
    here and as (bigint, bigint, bytea) in PostgreSQL.
    """
    content = (person.attributes, person.private, person.external_id, person.language, person.circumstances)
    expires = _ENDLESS if person.expires is None else _milliseconds(person.expires)
    return _milliseconds(person.given), -expires, msgspec.json.encode(content, order="sorted")


def merge(people: Iterable[Person]) -> Person:
    """The one person whom rows about one number describe, in whatever order they come.

    Consent comes from the row that takes precedence; each other value from the first in that order that has
    one, since a blank cell says nothing. Raises ValueError where there is no row, or more than one number.
    """
    ranked = sorted(people, key=precedence)
    if len({person.e164 for person in ranked}) != 1:
        raise ValueError("only rows about one number can be merged")
    return reduce(_overlay, ranked)


def _overlay(lesser: Person, greater: Person) -> Person:
    return msgspec.structs.replace(
        greater,
        attributes=lesser.attributes | greater.attributes,
        private=lesser.private | greater.private,
        external_id=greater.external_id or lesser.external_id,
        language=greater.language or lesser.language,
        circumstances=greater.circumstances.over(lesser.circumstances),
    )


def _number(cells: list[str], column: Column, default_region: str) -> str:
    found = numbers.parse(cells[column.index], default_region)
    if isinstance(found, numbers.Number):
        return found.e164
    missing = found is numbers.NumberProblem.MISSING
    raise _Fault(RowReason.NUMBER_MISSING if missing else RowReason.NUMBER_INVALID, column)


def _given(cells: list[str], column: Column, plan: ImportPlan, now: datetime) -> datetime:
    written = read_date(cells[column.index], plan.order)
    if written is None:
        raise _Fault(RowReason.GIVEN_INVALID, column)
    given = given_at(written, plan.zone)
    if given > now:
        raise _Fault(RowReason.GIVEN_IN_FUTURE, column)
    return given


def _expires(cells: list[str], plan: ImportPlan, given: datetime) -> datetime | None:
    expiry = plan.expiry
    if isinstance(expiry, NeverExpires):
        return None
    if isinstance(expiry, ExpiresAfter):
        return days_after(given, expiry.days, plan.zone)
    written = read_date(cells[expiry.index], plan.order)
    if written is None:
        raise _Fault(RowReason.EXPIRES_INVALID, expiry)
    expires = expires_at(written, plan.zone)
    if expires <= given:
        raise _Fault(RowReason.EXPIRES_BEFORE_GIVEN, expiry)
    return expires


def _attributes(cells: list[str], plan: ImportPlan) -> tuple[dict[str, CellValue], dict[str, CellValue]]:
    plain: dict[str, CellValue] = {}
    private: dict[str, CellValue] = {}
    for attribute, column in plan.columns.attributes:
        try:
            value = read_value(cells[column.index], attribute.type, plan.order)
        except InvalidCell:
            raise _Fault(RowReason.ATTRIBUTE_INVALID, column) from None
        if value is not None:
            (private if attribute.private else plain)[attribute.name] = value
    return plain, private


def _circumstances(cells: list[str], plan: ImportPlan, now: datetime) -> Circumstances:
    columns = dict(plan.columns.facts)
    said = {role: cells[column.index] for role, column in columns.items()}
    today = now.astimezone(plan.zone).date()
    try:
        return read_circumstances(said, home=plan.default_region, today=today, order=plan.order)
    except InvalidFact as fault:
        raise _Fault(fault.reason, columns[fault.role], fault.hint) from None


def _optional(cells: list[str], column: Column | None, read: Callable[[str], str | None]) -> str | None:
    if column is None:
        return None
    try:
        return read(cells[column.index])
    except InvalidCell:
        raise _Fault(RowReason.ATTRIBUTE_INVALID, column) from None


def _milliseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MILLISECOND

"""Withdrawals from a file: numbers of people who said no elsewhere, each row with its end.

Invariants: a row counts from now, whatever date stands in the file; for who has said no to it already nothing
is written but that they said it again, so that the same file, after an interruption too, withdraws only what is left.

Known gaps: how the rows ended is kept in memory until the file has been read; people who have come back since a file
was taken in are withdrawn by it again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from yesfirst.intake.csvfile import Row
from yesfirst.intake.headers import Column
from yesfirst.intake.result import Outcome, RowReason, RowResult
from yesfirst.intake.table import Table, read_rows
from yesfirst.rules import numbers
from yesfirst.store import clock, refusals
from yesfirst.store.engine import Connection
from yesfirst.store.refusals import Entry
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.consents import EVERYTHING
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.import_people import Report, report_of
from yesfirst.usecases.withdrawals import Scope, Teller, Told, lock_people, withdraw_batch

_ROWS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class WithdrawalSource:
    """An opened file, where its numbers are, and its reasons if it has any.

    A `headless` one has a number already in its first line.
    """

    file: BinaryIO
    table: Table
    number: Column
    reason: Column | None
    headless: bool


async def withdraw_file(
    ground: Ground,
    scope: Scope,
    source: WithdrawalSource,
    actor: Actor | None,
    *,
    watch: Callable[[int], None],
    write: Callable[[Iterable[RowResult]], None],
) -> Report:
    """Withdraws for every number of the file; `watch` hears how far it got in bytes, `write` gets all rows' ends."""
    results: list[RowResult] = []
    rows = read_rows(source.file, source.table)
    if source.headless:
        rows = chain([Row(0, 1, list(source.table.header))], rows)
    teller = Teller("import", actor)
    while chunk := list(islice(rows, _ROWS_AT_ONCE)):
        told, ended = _read(scope, source, chunk)
        # A crash between two transactions leaves whole rows; the same file again goes on behind them.
        async with ground.engine.begin() as connection:
            ended += await _withdraw(ground, connection, scope, told, teller)
        results += sorted(ended, key=lambda one: one.line)
        watch(source.file.tell())
    write(results)
    counts = Counter((one.outcome.value, one.reason) for one in results)
    return report_of([(outcome, reason, rows) for (outcome, reason), rows in counts.items()])


def _read(
    scope: Scope, source: WithdrawalSource, chunk: Sequence[Row]
) -> tuple[dict[int, Told], list[RowResult]]:
    """What some rows tell, by line, each number once; and how the other rows end."""
    told: dict[int, Told] = {}
    seen: set[str] = set()
    ended: list[RowResult] = []
    for row in chunk:
        found = numbers.parse(_cell(row, source.number), scope.brand.default_region)
        if not isinstance(found, numbers.Number):
            reason = RowReason(found.value)
            ended.append(RowResult(row.line, Outcome.REJECTED, reason, source.number.header))
        elif found.e164 in seen:
            ended.append(RowResult(row.line, Outcome.UNCHANGED, RowReason.SAME_NUMBER))
        else:
            seen.add(found.e164)
            told[row.line] = Told(found.e164, scope, _cell(row, source.reason).strip() or None)
    return told, ended


async def _withdraw(
    ground: Ground, connection: Connection, scope: Scope, told: dict[int, Told], teller: Teller
) -> list[RowResult]:
    gone = await _gone(ground, connection, scope, list(told.values()), teller)
    await withdraw_batch(ground, connection, [one for one in told.values() if one.e164 not in gone], teller)
    return [
        RowResult(line, Outcome.UNCHANGED if one.e164 in gone else Outcome.WITHDRAWN)
        for line, one in told.items()
    ]


async def _gone(
    ground: Ground, connection: Connection, scope: Scope, told: Sequence[Told], teller: Teller
) -> frozenset[str]:
    """Those who have said no to all of it already: it counts as said again now, without another leaf."""
    people = await lock_people(ground, connection, told)
    at = await clock.now(connection)
    entries = {one.e164: _entries(ground, one) for one in told}
    standing = await refusals.standing(connection, [one for each in entries.values() for one in each])
    gone = frozenset(
        e164
        for e164, subjects in people.items()
        if all(one.hash in standing for one in entries[e164])
        and (scope.purposes != EVERYTHING or all(one.suppressed_at for one in subjects))
    )
    await refusals.refuse(connection, [one for e164 in gone for one in entries[e164]], teller.via, at)
    return gone


def _entries(ground: Ground, told: Told) -> list[Entry]:
    """What a refusal of all that is told leaves standing."""
    scope, keyring = told.scope, ground.keyring
    if scope.everywhere:
        return [refusals.of_controller(keyring, scope.brand.controller, told.e164)]
    if scope.purposes == EVERYTHING:
        return [refusals.of_brand(keyring, scope.brand.id, told.e164)]
    return [refusals.of_purpose(keyring, scope.brand.id, one, told.e164) for one in scope.purposes]


def _cell(row: Row, column: Column | None) -> str:
    return row.cells[column.index] if column is not None and column.index < len(row.cells) else ""

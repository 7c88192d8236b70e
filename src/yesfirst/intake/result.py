"""What became of every row of an import, and the file that says so.

The file is UTF-8 with a byte order mark, so that Excel shows Chinese headers; it appears whole or not at all.
"""

import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HEADER = ("line", "outcome", "reason", "column", "hint")


class Outcome(StrEnum):
    """The ways in which a row can end; `withdrawn` only in a file of withdrawals."""

    IMPORTED = "imported"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class RowReason(StrEnum):
    """Why a row was rejected, the first that applies in this order; SAME_NUMBER explains an unchanged one."""

    COLUMNS_MISMATCH = "COLUMNS_MISMATCH"
    NUMBER_MISSING = "NUMBER_MISSING"
    NUMBER_INVALID = "NUMBER_INVALID"
    GIVEN_INVALID = "GIVEN_INVALID"
    GIVEN_IN_FUTURE = "GIVEN_IN_FUTURE"
    EXPIRES_INVALID = "EXPIRES_INVALID"
    EXPIRES_BEFORE_GIVEN = "EXPIRES_BEFORE_GIVEN"
    ATTRIBUTE_INVALID = "ATTRIBUTE_INVALID"
    PLACE_UNKNOWN = "PLACE_UNKNOWN"
    TIME_ZONE_UNKNOWN = "TIME_ZONE_UNKNOWN"
    RECIPIENT_UNKNOWN = "RECIPIENT_UNKNOWN"
    BORN_INVALID = "BORN_INVALID"
    RELATIONSHIP_UNKNOWN = "RELATIONSHIP_UNKNOWN"
    NUMBER_REASSIGNED = "NUMBER_REASSIGNED"
    WITHDRAWN_SINCE = "WITHDRAWN_SINCE"
    SUPPRESSED = "SUPPRESSED"
    SAME_NUMBER = "SAME_NUMBER"


@dataclass(frozen=True, slots=True)
class RowResult:
    """`line` is the physical line on which the row starts; `column` the header of the cell at fault.

    `hint` is the known word that is nearest to the cell, such as `US-FL`, never what the cell holds.
    """

    line: int
    outcome: Outcome
    reason: RowReason | None = None
    column: str = ""
    hint: str = ""


def write_results(path: Path, results: Iterable[RowResult]) -> None:
    """Write `results`, in the order given, in place of `path`; an error leaves it as it was."""
    with replacing(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows((r.line, r.outcome, r.reason or "", _inert(r.column), r.hint) for r in results)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when the block ends well, and is removed when it doesn't."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _inert(header: str) -> str:
    # OWASP, CSV injection: a spreadsheet runs a cell that starts like a formula.
    return f"'{header}" if header.startswith(("=", "+", "-", "@", "\t", "\r")) else header

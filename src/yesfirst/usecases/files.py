"""The files that people keep in a checkout, read against what they refer to.

Raises InvalidFile with every problem and its place, and OSError where the named file itself can't be opened.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from yesfirst.intake import brand as brand_file
from yesfirst.intake import campaign as campaign_file
from yesfirst.intake import notice as notice_file
from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.intake.cases import Case, read_cases
from yesfirst.intake.cells import DeclaredAttribute
from yesfirst.intake.dates import DateOrder
from yesfirst.intake.headers import Column, find_listed, find_number, find_reason, is_data, match_columns
from yesfirst.intake.notice import Notice
from yesfirst.intake.people import ExpiresAfter, NeverExpires, plan_import
from yesfirst.intake.schema import validate
from yesfirst.intake.table import Table, read_rows, read_table
from yesfirst.intake.yamlfile import Document, InvalidFile, Problem, decode, load, near
from yesfirst.store import brands, lists
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.import_people import Source
from yesfirst.usecases.lists import ListSource
from yesfirst.usecases.registries import RegistrySource
from yesfirst.usecases.withdraw_file import WithdrawalSource

_SAMPLE_ROWS = 500


def read_brand_file(path: Path) -> tuple[Brand, dict[str, Notice]]:
    """The brand, and its notices by the paths it names them by."""
    document = _load(path)
    brand = brand_file.check(document)
    notices: dict[str, Notice] = {}
    problems: list[Problem] = []
    for index, name in enumerate(brand.notices):
        file = path.parent / name
        try:
            notices[name] = read_notice_file(file, brand)
        except OSError as error:
            reason = f'"{name}" can\'t be read: {error.strerror}'
            problems.append(
                document.problem(("notices", index), reason, "the path counts from the brand file")
            )
    if problems:
        raise InvalidFile(document.source, problems)
    return brand, notices


def read_brand_alone(path: Path) -> Brand:
    """The brand without its notices, which may not be right yet."""
    return brand_file.check(_load(path))


def read_notice_file(path: Path, brand: Brand) -> Notice:
    return notice_file.read(path.read_bytes(), str(path), brand)


async def read_campaign_file(ground: Ground, path: Path) -> tuple[Brand, Campaign]:
    """The campaign, and its brand as applied."""
    return await check_campaign(ground, _load(path))


async def check_campaign(ground: Ground, document: Document) -> tuple[Brand, Campaign]:
    """The campaign that a document declares, and its brand as applied."""
    problems = validate(document, "campaign")
    if problems:
        raise InvalidFile(document.source, problems)
    brand = await _brand_of(ground, document)
    async with ground.engine.connect() as connection:
        known = [one.name for one in await lists.of_brand(connection, brand.id)]
    return brand, campaign_file.check(document, brand, datetime.now(UTC), known)


async def _brand_of(ground: Ground, document: Document) -> Brand:
    name = document.value["brand"] if isinstance(document.value, dict) else None
    async with ground.engine.connect() as connection:
        known = {one.id: one for one in await brands.all_brands(connection)}
    if name not in known:
        hint = near(str(name), known) or "`yesfirst brand apply FILE` adds one"
        raise InvalidFile(document.source, [document.problem(("brand",), f'unknown brand "{name}"', hint)])
    return read_brand(known[str(name)])


def open_people_file(
    file: BinaryIO,
    brand: Brand,
    *,
    chosen: Mapping[str, str],
    expiry: ExpiresAfter | NeverExpires | None,
    encoding: str | None = None,
    sheet: str | None = None,
    order: DateOrder | None = None,
    relationship: bool = False,
) -> Source:
    """A table of people with its columns matched: as `chosen` (target to header), else as guessed.

    `relationship` tells that what people are said to have agreed to rests on a relationship with them.

    Raises UnreadableFile, and UnclearColumns where a column that is needed can't be told.
    """
    sha256, size = _digest(file), file.tell()
    table = read_table(file, encoding=encoding, sheet=sheet)
    sample = [row.cells for row in islice(read_rows(file, table), _SAMPLE_ROWS)]
    attributes = _declared(brand)
    columns = match_columns(
        table.header,
        attributes,
        chosen=chosen,
        sample=sample,
        expires_by_column=expiry is None,
        relationship=relationship,
    )
    plan = plan_import(
        columns,
        expiry,
        zone=brand.time_zone,
        default_region=brand.default_region,
        width=len(table.header),
        order=order,
    )
    return Source(file, table, plan, sha256, size)


def open_list_file(
    file: BinaryIO, column: str | None, *, encoding: str | None = None, sheet: str | None = None
) -> ListSource:
    """A table with a column of numbers: that with the header `column`, or else as guessed.

    Raises UnreadableFile, and UnclearColumns where the column can't be told.
    """
    table = read_table(file, encoding=encoding, sheet=sheet)
    return ListSource(file, table, find_number(table.header, column))


def open_registry_file(
    file: BinaryIO,
    *,
    number: str | None,
    listed: str | None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> RegistrySource:
    """A registry's answer: a table with its columns found, or numbers alone, one a line.

    Raises UnreadableFile, and UnclearColumns where a column can't be told.
    """
    table = read_table(file, encoding=encoding, sheet=sheet)
    first = _lone_number(table)
    if first is not None:
        return RegistrySource(file, table, first, None, headless=True)
    columns = find_number(table.header, number), find_listed(table.header, listed)
    return RegistrySource(file, table, *columns, headless=False)


def open_withdrawal_file(
    file: BinaryIO,
    *,
    number: str | None,
    reason: str | None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> WithdrawalSource:
    """People who said no: a table with its columns found, or numbers alone, one a line.

    Raises UnreadableFile, and UnclearColumns where a column can't be told.
    """
    table = read_table(file, encoding=encoding, sheet=sheet)
    first = _lone_number(table)
    if first is not None:
        return WithdrawalSource(file, table, first, None, headless=True)
    columns = find_number(table.header, number), find_reason(table.header, reason)
    return WithdrawalSource(file, table, *columns, headless=False)


def _lone_number(table: Table) -> Column | None:
    """Where the numbers are of a table whose first row holds one, and nothing else."""
    filled = [cell for cell in table.header if cell]
    if len(filled) == 1 and is_data(filled[0]):
        return Column(table.header.index(filled[0]), "")
    return None


def read_case_file(path: Path) -> tuple[Case, ...]:
    """The cases of a file; one whose facts can't be read says so itself."""
    return read_cases(_load(path))


def _digest(file: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.digest()


def _declared(brand: Brand) -> Sequence[DeclaredAttribute]:
    return [
        DeclaredAttribute(name, one.type, tuple(one.aliases), one.private)
        for name, one in brand.attributes.items()
    ]


def _load(path: Path) -> Document:
    return load(decode(path.read_bytes(), str(path)), str(path))

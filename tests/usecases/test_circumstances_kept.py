"""What is kept of where people belong and who they are to the law, and what it does to the judgement of them."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg
import msgspec
import pytest

from usecases.people_files import NOW, quiet, stop
from usecases.shop import OFFERS, Shop
from yesfirst.intake.people import NeverExpires
from yesfirst.intake.result import RowResult
from yesfirst.usecases.files import open_people_file
from yesfirst.usecases.import_people import Terms, import_people

MIAMI, OTTAWA = "+13055550143", "+16135550143"
HEADER = (
    "phone,consent date,residence,billing,time zone,recipient,dob,relationship,relationship date,guardian"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """The columns of a subject, and the position that its consent to offers is judged in."""

    residence: str | None
    billing: str | None
    zones: list[str] | None
    recipient: str
    born: date | None
    rulebooks: list[str]
    record: dict[str, object]
    reasons: list[str]
    given: datetime | None


async def bring(
    shop: Shop, *rows: str, kind: str | None = None, dry_run: bool = False, now: datetime = NOW
) -> list[RowResult]:
    """Imports rows under the shop's notice, as one of another kind if that is said."""
    notice = shop.notice if kind is None else msgspec.structs.replace(shop.notice, kind=kind)
    data = "\n".join((HEADER, *rows, "")).encode()
    source = open_people_file(
        io.BytesIO(data),
        shop.brand,
        chosen={},
        expiry=NeverExpires(),
        relationship=notice.rests_on_relationship,
    )
    results: list[RowResult] = []

    def write(found: Iterator[RowResult]) -> None:
        results.extend(found)

    await import_people(
        shop.ground,
        source,
        Terms(shop.brand, OFFERS, notice),
        dry_run=dry_run,
        watch=quiet,
        write=write,
        now=now,
    )
    return results


async def kept(shop: Shop) -> Kept:
    """Of the one person there is."""
    database = await asyncpg.connect(shop.database_url)
    try:
        row = await database.fetchrow("""
            SELECT residence, billing, zones, recipient, born, eligibility.given, ruling.reasons,
                   ruling.body -> 'rulebooks' AS rulebooks, ruling.position #> '{basis,record}' AS record,
                   alone.body -> 'rulebooks' AS alone
            FROM subject
            JOIN eligibility ON eligibility.subject = subject.id
            JOIN ruling ON ruling.id = eligibility.ruling
            JOIN ruling AS alone ON alone.id = subject.ruling
        """)
    finally:
        await database.close()
    assert row is not None
    assert row["rulebooks"] == row["alone"]  # with and without consent they stand under one law
    return Kept(
        residence=row["residence"],
        billing=row["billing"],
        zones=row["zones"],
        recipient=row["recipient"],
        born=row["born"],
        rulebooks=msgspec.json.decode(row["rulebooks"]),
        record=msgspec.json.decode(row["record"] or "{}"),
        reasons=row["reasons"],
        given=row["given"],
    )


async def ends(shop: Shop, *rows: str) -> list[str]:
    return [result.reason or result.outcome for result in await bring(shop, *rows)]


async def test_everything_that_a_row_says_is_kept_and_judged_by(shop: Shop) -> None:
    row = f"{MIAMI},2026-06-01,Texas,CA-ON,America/Denver,business role,2015-05-05,,,yes"
    assert await ends(shop, row) == ["imported"]
    found = await kept(shop)
    assert (found.residence, found.billing, found.zones) == ("US-TX", "CA-ON", ["America/Denver"])
    assert (found.recipient, found.born) == ("business_role", date(2015, 5, 5))
    assert found.rulebooks == ["US", "US-FL", "US-TX"]
    assert "guardian_proof" in str(found.record["fields"])
    assert await ends(shop, row) == ["unchanged"]


async def test_the_leaf_names_the_law_of_the_residence_that_came_with_the_consent(shop: Shop) -> None:
    await bring(shop, f"{MIAMI},2026-06-01,Texas,,,,,,,")
    leaf = await shop.value(
        "SELECT convert_from(body, 'UTF8')::jsonb ->> 'jur' FROM leaf WHERE t = 'consent.grant'"
    )
    assert leaf == "US.US-FL.US-TX"


@pytest.mark.parametrize(
    ("given", "end", "residence", "books"),
    [
        ("2026-07-01", "updated", "US-NY", ["US", "US-FL", "US-NY"]),
        ("2026-06-01", "updated", "US-NY", ["US", "US-FL", "US-NY"]),
        ("2026-05-01", "unchanged", "US-TX", ["US", "US-FL", "US-TX"]),
    ],
)
async def test_who_moves_is_judged_by_the_law_of_the_new_place_if_the_record_is_no_older(
    shop: Shop, given: str, end: str, residence: str, books: list[str]
) -> None:
    await bring(shop, f"{MIAMI},2026-06-01,Texas,,America/Denver,,,,,")
    assert await ends(shop, f"{MIAMI},{given},New York,,,,,,,") == [end]
    found = await kept(shop)
    assert (found.residence, found.rulebooks) == (residence, books)
    assert found.zones == (["America/Denver"] if end == "unchanged" else None)


async def test_a_row_without_circumstances_leaves_them_as_they_are(shop: Shop) -> None:
    await bring(shop, f"{MIAMI},2026-06-01,Texas,,,corporate,2015-05-05,,,")
    before = await kept(shop)
    assert await ends(shop, f"{MIAMI},2026-07-01,,,,,,,,") == ["updated"]
    after = await kept(shop)
    assert (after.residence, after.recipient, after.born) == ("US-TX", "corporate", date(2015, 5, 5))
    assert after.rulebooks == before.rulebooks


@pytest.mark.parametrize(("days", "is_kept"), [(5, False), (-5, True)])
async def test_a_birthday_is_kept_of_those_alone_who_are_too_young_somewhere(
    shop: Shop, days: int, is_kept: bool
) -> None:
    """No rulebook asks for the guardian of somebody of 16."""
    born = datetime.now(UTC).date() - timedelta(days=16 * 365 + 4 + days)
    await bring(shop, f"{MIAMI},2026-06-01,,,,,{born.isoformat()},,,", now=datetime.now(UTC))
    assert (await kept(shop)).born == (born if is_kept else None)


async def test_a_later_record_of_who_came_of_age_forgets_the_birthday(shop: Shop) -> None:
    await bring(shop, f"{MIAMI},2026-06-01,,,,,2020-05-05,,,")
    assert (await kept(shop)).born == date(2020, 5, 5)
    assert await ends(shop, f"{MIAMI},2026-07-01,,,,,1990-05-05,,,") == ["updated"]
    assert (await kept(shop)).born is None


async def test_a_guardians_consent_that_comes_later_is_recorded_with_the_same_agreement(shop: Shop) -> None:
    child = f"{MIAMI},2026-06-01,,,,,2015-05-05,,,"
    await bring(shop, child)
    assert "guardian_proof" not in str((await kept(shop)).record["fields"])
    assert await ends(shop, f"{child}form 17") == ["updated"]
    assert "guardian_proof" in str((await kept(shop)).record["fields"])
    assert await ends(shop, child) == ["unchanged"]


async def test_a_purchase_is_what_an_implied_consent_is_counted_from(shop: Shop) -> None:
    [result] = await bring(
        shop, f"{OTTAWA},2026-06-01,,,,,,inquiry,2026-10-02,", kind="existing_relationship"
    )
    assert result.outcome == "imported"
    found = await kept(shop)
    assert found.given == datetime(2026, 10, 1, 16, tzinfo=UTC)  # the day begins in Shanghai
    assert (found.record["event"], found.reasons) == ("inquiry", [])


async def test_who_withdrew_is_neither_revived_nor_moved(shop: Shop) -> None:
    await bring(shop, f"{MIAMI},2026-06-01,Texas,,,,,,,")
    await stop(shop, MIAMI)
    assert await ends(shop, f"{MIAMI},2026-07-01,New York,,,corporate,2015-05-05,,,yes") == [
        "WITHDRAWN_SINCE"
    ]
    found = await kept(shop)
    assert (found.residence, found.recipient, found.born) == ("US-TX", "individual", None)


async def test_a_dry_run_keeps_nothing_and_says_what_is_wrong_and_where(shop: Shop) -> None:
    rows = [f"{MIAMI},2026-06-01,Texas,,,,,,,", f"{OTTAWA},2026-06-01,Flordia,,,,,,,"]
    results = await bring(shop, *rows, dry_run=True)
    assert [(one.line, one.outcome, one.reason, one.column, one.hint) for one in results] == [
        (2, "imported", None, "", ""),
        (3, "rejected", "PLACE_UNKNOWN", "residence", "US-FL"),
    ]
    assert await shop.count("SELECT count(*) FROM subject") == 0

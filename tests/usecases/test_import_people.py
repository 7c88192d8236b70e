"""Importing people: how every row ends, and what is known, and not known, afterwards."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from usecases.people_files import (
    EVENTS,
    NOW,
    end_of,
    everything_stored,
    import_into,
    import_rows,
    interrupt,
    known_people,
    people_file,
    row,
    stop,
)
from usecases.shop import OFFERS, Shop, number
from yesfirst.intake.result import RowResult, write_results
from yesfirst.store import clock
from yesfirst.usecases import come_back
from yesfirst.usecases.files import open_people_file
from yesfirst.usecases.import_people import Terms, import_people
from yesfirst.usecases.people import subjects_of

DATA = Path(__file__).parents[1] / "data"
ONE, TWO = number(1), number(2)


class ExpectedRow(msgspec.Struct):
    line: int
    outcome: str
    reason: str = ""
    e164: str | None = None

    @property
    def end(self) -> tuple[int, str, str]:
        if self.outcome == "same_subject":
            return self.line, "unchanged", "SAME_NUMBER"
        return self.line, self.outcome, self.reason


class Expected(msgspec.Struct):
    per_row: list[ExpectedRow]
    subjects: int


async def start_again(shop: Shop, e164: str) -> None:
    """Lifts the suppression, as START does; the withdrawal stays."""
    async with shop.ground.engine.begin() as connection:
        people = await subjects_of(shop.ground, connection, [(shop.brand.id, e164)])
        at = await clock.now(connection)
        subject = people[shop.brand.id, e164]
        await come_back.start_again(shop.ground, connection, shop.brand, subject, e164, at)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
async def test_every_row_of_the_sample_ends_in_the_result_file(
    shop: Shop, tmp_path: Path, encoding: str
) -> None:
    expected = msgspec.json.decode((DATA / "people.expected.json").read_bytes(), type=Expected)
    result = tmp_path / "result.csv"

    def write(results: Iterator[RowResult]) -> None:
        write_results(result, results)

    with (DATA / f"people.{encoding}.csv").open("rb") as file:
        source = open_people_file(file, shop.brand, chosen={}, expiry=None)
        terms = Terms(shop.brand, OFFERS, shop.notice)
        report = await import_people(
            shop.ground, source, terms, dry_run=False, watch=lambda *_: None, write=write, now=NOW
        )

    ends = [
        (int(one["line"]), one["outcome"], one["reason"])
        for one in csv.DictReader(io.StringIO(result.read_text("utf-8-sig")))
    ]
    assert ends == [one.end for one in expected.per_row]
    assert report.rows == 3_000
    assert report.outcomes == {"imported": 2_472, "rejected": 380, "unchanged": 148}
    people = await known_people(shop)
    assert len(people) == expected.subjects
    assert people.keys() == {one.e164 for one in expected.per_row if one.outcome == "imported"}
    assert await shop.count("SELECT count(*) FROM leaf WHERE t = 'consent.grant'") == expected.subjects


async def test_the_same_file_again_changes_nothing(shop: Shop) -> None:
    data = (DATA / "people.utf-8-sig.csv").read_bytes()
    await import_into(shop, data)
    before = await everything_stored(shop)

    report, _ = await import_into(shop, data)

    assert report.outcomes == {"rejected": 380, "unchanged": 2_620}
    assert await everything_stored(shop) == before


async def test_a_dry_run_tells_the_same_and_changes_nothing(shop: Shop) -> None:
    await import_rows(shop, row(ONE, given="2026-01-01"), row(number(3)))
    await stop(shop, TWO)
    data = people_file([row(ONE), row(ONE, city="上海"), row(TWO), row("12"), row(number(3)), row(number(4))])
    before = await everything_stored(shop)

    rehearsed = await import_into(shop, data, purpose=EVENTS, dry_run=True)

    assert await everything_stored(shop) == before
    assert await import_into(shop, data, purpose=EVENTS) == rehearsed
    assert rehearsed[0].outcomes == {"imported": 1, "rejected": 2, "unchanged": 1, "updated": 2}


async def test_a_dry_run_does_not_store_the_notice(shop: Shop) -> None:
    shop.notice = msgspec.structs.replace(shop.notice, sha256=bytes(32), body=b"other words")
    await import_into(shop, people_file([row(ONE)]), dry_run=True)
    assert await shop.count("SELECT count(*) FROM notice WHERE body = 'other words'") == 0
    await import_into(shop, people_file([row(ONE)]))
    assert await shop.count("SELECT count(*) FROM notice WHERE body = 'other words'") == 1


async def test_rows_about_one_number_make_one_person(shop: Shop) -> None:
    ends = await import_rows(
        shop,
        row(ONE, given="2026-01-01", expires="2030-01-01", name="Ada", city="上海"),
        row(ONE, given="2026-06-01", expires="2027-01-01", external_id="K7", city="杭州"),
    )
    assert ends == ["imported", "SAME_NUMBER"]
    [known] = (await known_people(shop)).values()
    assert known.open_until == {OFFERS: end_of("2027-01-01")}
    assert known.attributes == {"city": "杭州"}
    assert known.private == {"name": "Ada", "external_id": "K7"}


async def test_an_import_for_another_purpose_adds_a_consent_and_erases_nothing(shop: Shop) -> None:
    await import_rows(shop, row(ONE, name="Ada", city="上海"))
    assert await import_rows(shop, row(ONE, expires="2098-01-01"), purpose=EVENTS) == ["updated"]
    [known] = (await known_people(shop)).values()
    assert known.open_until == {OFFERS: end_of("2097-06-16"), EVENTS: end_of("2098-01-01")}
    assert (known.attributes, known.private) == ({"city": "上海"}, {"name": "Ada"})


@pytest.mark.parametrize(
    ("later", "end", "city", "until"),
    [
        (row(ONE, city="上海"), "unchanged", "上海", "2097-06-16"),
        (row(ONE), "unchanged", "上海", "2097-06-16"),  # a blank cell says nothing
        (row(ONE, city="杭州"), "updated", "杭州", "2097-06-16"),  # of two with one date the last one counts
        (row(ONE, given="2026-07-01", expires="2027-07-01"), "updated", "上海", "2027-07-01"),
        (row(ONE, given="2025-07-01", expires="2099-07-01", city="杭州"), "unchanged", "上海", "2097-06-16"),
        (row(ONE, given="2025-07-01", city="杭州", name="Ada"), "updated", "上海", "2097-06-16"),
    ],
)
async def test_a_later_file_updates_what_it_knows_better(
    shop: Shop, later: str, end: str, city: str, until: str
) -> None:
    await import_rows(shop, row(ONE, city="上海"))
    assert await import_rows(shop, later) == [end]
    [known] = (await known_people(shop)).values()
    assert (known.attributes, known.open_until) == ({"city": city}, {OFFERS: end_of(until)})


async def test_what_the_brand_no_longer_declares_is_dropped_with_the_next_record(shop: Shop) -> None:
    await import_rows(shop, row(ONE, city="上海", name="Ada", tags="vip"))
    declared = {name: one for name, one in shop.brand.attributes.items() if name not in ("city", "name")}
    shop.brand = msgspec.structs.replace(shop.brand, attributes=declared)
    assert await import_rows(shop, row(ONE, given="2026-07-01", tags="new")) == ["updated"]
    [known] = (await known_people(shop)).values()
    assert (known.attributes, known.private) == ({"tags": ["new"]}, {})


async def test_who_said_stop_is_not_brought_back_by_a_list(shop: Shop) -> None:
    """Known or not, and however late the consent is dated."""
    await import_rows(shop, row(ONE))
    await stop(shop, ONE)
    await stop(shop, TWO)
    later = (NOW + timedelta(days=400)).date().isoformat()
    rows = [row(ONE), row(TWO), row(ONE, given=later, expires="2099-01-01")]

    assert await import_rows(shop, *rows[:2]) == ["WITHDRAWN_SINCE"] * 2
    assert await import_rows(shop, rows[2], now=NOW + timedelta(days=500)) == ["SUPPRESSED"]

    assert [known.open_until for known in (await known_people(shop)).values()] == [{}, {}]
    assert await shop.count("SELECT count(*) FROM leaf WHERE t = 'consent.grant'") == 1


async def test_a_lifted_suppression_leaves_the_withdrawal_in_force(shop: Shop) -> None:
    await import_rows(shop, row(ONE))
    await stop(shop, ONE)
    await start_again(shop, ONE)
    assert await import_rows(shop, row(ONE, city="上海"), row(ONE)) == ["WITHDRAWN_SINCE"] * 2
    [known] = (await known_people(shop)).values()
    assert (known.open_until, known.attributes) == ({}, {})


async def test_no_number_name_or_external_id_is_stored_in_clear(shop: Shop) -> None:
    """I8: in no column of any table, while an import is under way and after it; what is undeclared is nowhere."""
    header = "手机号,同意日期,同意有效期至,姓名,客户编号,城市,备注\n"
    data = f"{header}139 0000 0001,2026-06-16,2097-06-16,Ottoline,XK-77,上海,peanuts\n".encode()
    secrets = ["13900000001", "139 0000 0001", "Ottoline", "XK-77", "peanuts"]

    with pytest.raises(KeyboardInterrupt):
        await import_into(shop, data, watch=interrupt)
    under_way = await everything_stored(shop)
    assert len(under_way["public.import_row"]) == 1
    await import_into(shop, data)
    done = await everything_stored(shop)
    assert len(done["public.subject"]) == 1

    stored = "\n".join(text for tables in (under_way, done) for rows in tables.values() for text in rows)
    for secret in secrets:
        assert secret not in stored
        assert secret.encode().hex() not in stored
    assert "上海" in stored  # a declared attribute that audiences select by: what is looked for can be found


async def test_all_rows_are_judged_by_the_instant_at_which_the_import_was_started(shop: Shop) -> None:
    data = people_file([row(ONE, given="2026-12-01")])

    with pytest.raises(KeyboardInterrupt):
        await import_into(shop, data, watch=interrupt)
    report, _ = await import_into(shop, data, now=NOW + timedelta(days=30))
    assert report.reasons == {"GIVEN_IN_FUTURE": 1}
    report, _ = await import_into(shop, data, now=NOW + timedelta(days=30))
    assert report.outcomes == {"imported": 1}


async def test_an_import_goes_by_the_databases_clock_unless_told_otherwise(shop: Shop) -> None:
    report, _ = await import_into(
        shop, people_file([row(ONE, "2020-01-01"), row(TWO, "2999-01-01")]), now=None
    )
    assert report.outcomes == {"imported": 1, "rejected": 1}

"""Registries: what their answers do to people whom they bind, and what they leave alone."""

import asyncio
import io
from datetime import UTC, datetime, timedelta

import pytest

from intake.workbooks import workbook
from usecases.people_files import stop
from usecases.shop import OFFERS, Shop, number
from yesfirst.errors import Refused
from yesfirst.rulebooks import load_all
from yesfirst.usecases import person, registries
from yesfirst.usecases.files import open_registry_file
from yesfirst.usecases.registries import (
    RegistryReport,
    RegistryStanding,
    asked_registries,
    import_registry,
    standings,
)

HONG_KONG = "hk_dnc_sms"
NOW = datetime.now(UTC).replace(microsecond=0)


def resident(n: int) -> str:
    """A number of Hong Kong, where the shop's kind of consent doesn't outweigh the registry."""
    return f"+8525100{n:04}"


async def ask(
    shop: Shop,
    data: bytes | str,
    registry: str = HONG_KONG,
    at: datetime = NOW - timedelta(hours=1),
    others_clear: bool = False,
) -> RegistryReport:
    opened = io.BytesIO(data.encode() if isinstance(data, str) else data)
    source = open_registry_file(opened, number=None, listed=None)
    return await import_registry(shop.ground, shop.brand, registry, source, at, others_clear=others_clear)


async def reasons(shop: Shop, e164: str) -> list[str]:
    """Why somebody may not be sent offers."""
    known = await person.find(shop.ground, shop.brand, e164)
    [standing] = [each for each in known.purposes if each.purpose == OFFERS]
    return sorted(set(standing.reasons))


async def test_who_has_no_answer_is_for_review_until_the_registry_is_asked(shop: Shop) -> None:
    people = [resident(n) for n in range(3)]
    await shop.agree([*people, number(1)])
    assert [await reasons(shop, one) for one in people] == [["DNC_SCRUB_STALE"]] * 3

    report = await ask(shop, f"{people[0]}\n{resident(9)}\n", others_clear=True)

    assert (report.rows, report.listed, report.others_clear, report.unknown) == (2, 1, 2, 1)
    assert [await reasons(shop, one) for one in people] == [["DNC_LISTED"], [], []]
    assert await reasons(shop, number(1)) == []
    assert await shop.count("SELECT count(*) FROM registry_check") == 3  # nobody of another country is marked


async def test_an_answer_reaches_a_run_that_is_under_way(shop: Shop) -> None:
    await shop.agree([resident(1), resident(2)])
    await ask(shop, resident(9), others_clear=True)
    run = await shop.running()
    await ask(shop, resident(1), at=NOW)
    await shop.claim_all(run)
    assert await shop.states(run) == {"denied": 1, "claimed": 1}


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        ("{0}\n{1}\n", (2, 2, 0, 0)),
        ("\ufeff5100 0000\r\n+852 5100 0001\r\nnobody\r\n", (3, 1, 0, 2)),  # the first belongs to no country
        ("phone,when\n{0},2026\n{1},2026\n", (2, 2, 0, 0)),
        ("phone;listed\n{0};yes\n{1};no\n{2};\n{2};perhaps\n", (4, 1, 1, 2)),
        ("手机号,是否登记\n{0},已登记\n{1},未登记\n", (2, 1, 1, 0)),
        ("phone,dnc\n{0},0\n{0},1\n{0},0\n", (3, 1, 0, 0)),  # once is enough
    ],
)
async def test_an_answer_is_a_table_or_bare_numbers(
    shop: Shop, data: str, counts: tuple[int, int, int, int]
) -> None:
    await shop.agree([resident(n) for n in range(3)])
    report = await ask(shop, data.format(*(resident(n) for n in range(3))))
    assert (report.rows, report.listed, report.clear, report.invalid) == counts


async def test_a_workbook_is_an_answer_too(shop: Shop) -> None:
    await shop.agree([resident(0), resident(1)])
    report = await ask(shop, workbook(["phone", "Listed"], [resident(0), True], [resident(1), False]))
    assert (report.listed, report.clear) == (1, 1)


async def test_lines_that_say_nothing_are_told_by_their_place(shop: Shop) -> None:
    await shop.agree([resident(0)])
    report = await ask(shop, f"phone,listed\n{resident(0)},maybe\nnobody,yes\n")
    assert (report.invalid, report.invalid_lines) == (2, [2, 3])


async def test_a_newer_answer_goes_before_an_older_one_in_whatever_order_they_come(shop: Shop) -> None:
    await shop.agree([resident(0)])
    await ask(shop, f"phone,listed\n{resident(0)},no\n", at=NOW - timedelta(days=1))
    await ask(shop, resident(0), at=NOW - timedelta(days=2))
    assert await reasons(shop, resident(0)) == []
    await ask(shop, resident(0), at=NOW)
    assert await reasons(shop, resident(0)) == ["DNC_LISTED"]


async def test_an_answer_grows_old(shop: Shop) -> None:
    await shop.agree([resident(0), resident(1), resident(2), number(1)])
    await ask(shop, f"phone,listed\n{resident(0)},no\n", at=NOW - timedelta(days=11))
    report = await ask(shop, f"phone,listed\n{resident(1)},no\n", at=NOW - timedelta(days=9))
    stale_from = NOW + timedelta(days=1)
    assert report.stale_at == stale_from
    assert [await reasons(shop, resident(n)) for n in range(3)] == [
        ["DNC_SCRUB_STALE"],
        [],
        ["DNC_SCRUB_STALE"],
    ]
    assert await standings(shop.ground, shop.brand) == [
        RegistryStanding(HONG_KONG, "HK", "P10D", 0, 2, 1, 1, stale_from)
    ]


async def test_an_answer_touches_neither_consents_nor_refusals(shop: Shop) -> None:
    await shop.agree([resident(0), resident(1)])
    await stop(shop, resident(0))
    leaves = await shop.count("SELECT count(*) FROM leaf")
    await ask(shop, resident(9), others_clear=True)
    assert "SUPPRESSED" in await reasons(shop, resident(0))
    assert await shop.count("SELECT count(*) FROM leaf") == leaves


async def test_residence_and_billing_address_bring_people_under_a_registry(shop: Shop) -> None:
    people = await shop.agree([number(1), number(2), number(3)])
    async with shop.ground.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE subject SET residence = CASE WHEN id = $1 THEN 'HK' END,"
            " billing = CASE WHEN id = $2 THEN 'HK' END",
            (people[number(1)], people[number(2)]),
        )
    assert (await ask(shop, resident(9), others_clear=True)).others_clear == 2


@pytest.mark.parametrize(
    ("registry", "code", "hint"),
    [
        ("hk_dnc", "REGISTRY_UNKNOWN", "hk_dnc_sms"),
        ("robinson", "REGISTRY_UNKNOWN", "us_national_dnc"),
        ("uk_tps", "REGISTRY_NOT_ASKED", "us_national_dnc"),  # for calls
        ("us_reassigned_numbers", "REGISTRY_NOT_ASKED", "us_national_dnc"),  # advisory
    ],
)
async def test_a_registry_that_stops_no_text_is_refused(
    shop: Shop, registry: str, code: str, hint: str
) -> None:
    with pytest.raises(Refused) as caught:
        await ask(shop, resident(0), registry)
    assert caught.value.code == code
    assert hint in caught.value.hint


async def test_nobody_can_have_asked_in_the_future(shop: Shop) -> None:
    with pytest.raises(Refused) as caught:
        await ask(shop, resident(0), at=datetime.now(UTC) + timedelta(hours=1))
    assert caught.value.code == "CHECKED_IN_FUTURE"


async def test_a_registry_of_a_state_answers_about_all_of_its_country() -> None:
    countries = {one.id: one.countries for one in asked_registries(load_all())}
    assert countries["us_fl_dnc"] == countries["us_national_dnc"] == ("US",)
    assert countries[HONG_KONG] == ("HK",)


async def test_a_withdrawal_and_an_answer_at_the_same_moment_both_stand(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registries, "_PEOPLE_AT_ONCE", 3)
    people = [resident(n) for n in range(10)]
    await shop.agree(people)
    await asyncio.gather(
        ask(shop, "\n".join(people[5:]), others_clear=True), *(stop(shop, one) for one in people[::2])
    )
    assert await shop.count("SELECT count(*) FROM registry_check WHERE listed") == 5
    assert await shop.count("SELECT count(*) FROM registry_check") == 10
    assert await shop.count("SELECT count(*) FROM subject WHERE suppressed_at IS NOT NULL") == 5

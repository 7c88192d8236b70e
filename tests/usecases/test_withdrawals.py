"""Withdrawals that somebody tells of: of everything or one purpose, at one brand or all, one by one or from a file."""

import io
from collections.abc import Sequence

import pytest

from usecases.course import leaves
from usecases.people_files import EVENTS, import_rows, row
from usecases.shop import OFFERS, Shop, number, read_shop
from usecases.test_inbound import sister
from yesfirst.errors import Refused
from yesfirst.intake.result import RowResult
from yesfirst.rules.reason import Reason
from yesfirst.store import clock
from yesfirst.store.reviews import Kind
from yesfirst.usecases import person
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.files import open_withdrawal_file
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.review import open_review
from yesfirst.usecases.withdraw import Withdrawal
from yesfirst.usecases.withdraw_file import withdraw_file
from yesfirst.usecases.withdrawals import Scope, Teller, Told, scope_of, withdraw_each, withdraw_one

DESK = Teller("call", Actor("Wang Fang"))


async def told(shop: Shop, *purposes: str, everywhere: bool = False, n: int = 0) -> list[Withdrawal]:
    scope = scope_of(shop.brand, purposes, everywhere)
    return await withdraw_one(shop.ground, Told(number(n), scope, "太多了"), DESK)


async def known(shop: Shop, n: int = 0) -> person.Known:
    return await person.find(shop.ground, shop.brand, number(n))


async def against(shop: Shop, purpose: str, n: int = 0) -> set[str]:
    [standing] = [one for one in (await known(shop, n)).purposes if one.purpose == purpose]
    return set(standing.reasons)


async def test_one_purpose_is_withdrawn_and_the_other_goes_on(shop: Shop) -> None:
    for purpose in (OFFERS, EVENTS):
        await import_rows(shop, row(number(0), name="王芳", city="上海"), purpose=purpose)
    [done] = await told(shop, OFFERS)
    assert await against(shop, OFFERS) == {Reason.CONSENT_WITHDRAWN}
    assert await against(shop, EVENTS) == set()
    assert done.deleted == ()  # events may use both
    assert [one.purpose for one in (await known(shop)).refusals] == [OFFERS]
    [done] = await told(shop, EVENTS)
    assert done.deleted == ("city", "name")


async def test_who_told_it_and_why_is_committed_to_and_stored_nowhere(shop: Shop) -> None:
    await told(shop)
    body = await shop.value("SELECT convert_from(body, 'UTF8') FROM leaf WHERE t = 'consent.withdraw'")
    assert isinstance(body, str)
    assert '"actor":' in body
    assert '"reason_text":' in body
    assert '"via":"call"' in body
    assert "太多了" not in body


async def test_everywhere_is_every_brand_of_the_controller_the_named_one_first(shop: Shop) -> None:
    await apply_brand(shop.ground, sister(shop.brand), read_shop()[1])
    done = await told(shop, everywhere=True)
    assert [one.subject.brand for one in done] == ["lantern-tea", "lantern-sister"]
    assert len({one.receipt for one in done}) == 2


async def test_everything_settles_what_waited_for_somebody_to_read_it(shop: Shop) -> None:
    await shop.agree([number(0)])
    async with shop.ground.engine.begin() as connection:
        [subject] = (await subjects_of(shop.ground, connection, [(shop.brand.id, number(0))])).values()
        await open_review(connection, subject, Kind.REPLY, "嗯", await clock.now(connection))
    await told(shop, OFFERS)
    assert (await known(shop)).held_at is not None
    await told(shop)
    assert (await known(shop)).held_at is None
    assert await shop.count("SELECT count(*) FROM review WHERE resolved_at IS NULL") == 0


@pytest.mark.parametrize(
    ("purposes", "everywhere", "code"),
    [(["marketing.tea"], False, "PURPOSE_UNKNOWN"), ([OFFERS], True, "SCOPE_INVALID")],
)
async def test_a_scope_that_makes_no_sense_is_refused(
    shop: Shop, purposes: list[str], everywhere: bool, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        scope_of(shop.brand, purposes, everywhere)
    assert refused.value.code == code


async def test_one_number_told_twice_is_withdrawn_twice(shop: Shop) -> None:
    one = Told(number(0), Scope(shop.brand))
    assert len(await withdraw_each(shop.ground, [one, one], DESK)) == 2
    assert await leaves(shop, "consent.withdraw") == 2


async def from_file(
    shop: Shop, text: str, scope: Scope | None = None, *, interrupted: bool = False
) -> list[tuple[int, str, str | None]]:
    """Line, outcome and reason of each row."""
    results: list[RowResult] = []

    def watch(done: int) -> None:
        if interrupted:
            raise KeyboardInterrupt

    source = open_withdrawal_file(io.BytesIO(text.encode()), number=None, reason=None)
    scope = scope or Scope(shop.brand)
    await withdraw_file(shop.ground, scope, source, None, watch=watch, write=results.extend)
    return [(one.line, one.outcome.value, one.reason) for one in results]


def listed(numbers: Sequence[str]) -> str:
    return "\n".join(("手机号,退订原因,退订日期", *(f"{one},太多了,2020-01-01" for one in numbers), ""))


async def test_each_row_of_a_file_ends_and_the_file_again_changes_nothing(shop: Shop) -> None:
    await shop.agree([number(0), number(1)])
    await told(shop, n=1)
    text = listed([number(0), number(1), "12", "", number(0), number(2)])
    assert await from_file(shop, text) == [
        (2, "withdrawn", None),
        (3, "unchanged", None),
        (4, "rejected", "NUMBER_INVALID"),
        (5, "rejected", "NUMBER_MISSING"),
        (6, "unchanged", "SAME_NUMBER"),
        (7, "withdrawn", None),
    ]
    written = await leaves(shop, "consent.withdraw")
    assert {outcome for _, outcome, _ in await from_file(shop, text)} == {"unchanged", "rejected"}
    assert await leaves(shop, "consent.withdraw") == written == 3


async def test_a_row_counts_from_now_whatever_date_the_file_has(shop: Shop) -> None:
    await from_file(shop, listed([number(0)]))
    ended = await import_rows(shop, row(number(0), given="2026-06-16"))
    assert ended == ["WITHDRAWN_SINCE"]


async def test_a_file_that_was_interrupted_goes_on_where_it_was(shop: Shop) -> None:
    text = "\n".join(number(n) for n in range(60))
    with pytest.raises(KeyboardInterrupt):
        await from_file(shop, text, interrupted=True)
    ended = [outcome for _, outcome, _ in await from_file(shop, text)]
    assert ended == ["unchanged"] * 20 + ["withdrawn"] * 40
    assert await leaves(shop, "consent.withdraw") == 60


async def test_a_file_withdraws_one_purpose_or_everywhere_from_whom_it_has_not_been(shop: Shop) -> None:
    await apply_brand(shop.ground, sister(shop.brand), read_shop()[1])
    await shop.agree([number(0)])
    for scope, first, again in (
        (Scope(shop.brand, (OFFERS,)), "withdrawn", "unchanged"),
        (Scope(shop.brand), "withdrawn", "unchanged"),
        (Scope(shop.brand, everywhere=True), "withdrawn", "unchanged"),
    ):
        assert [outcome for _, outcome, _ in await from_file(shop, number(0), scope)] == [first]
        assert [outcome for _, outcome, _ in await from_file(shop, number(0), scope)] == [again]
    assert await leaves(shop, "consent.withdraw") == 4

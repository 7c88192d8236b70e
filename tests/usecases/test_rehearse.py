"""What a changed rulebook would have made of decisions that were really made."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from usecases.course import claimed, stop
from usecases.shop import Shop, number
from yesfirst.rules.rulebook import Rulebook
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.drafts import acknowledge
from yesfirst.usecases.rehearse import Rehearsal, rehearse
from yesfirst.usecases.reviews import version_on_record

MONTH = timedelta(days=30)


def china(shop: Shop) -> Rulebook:
    return shop.ground.law.books["CN"]


def only_at(book: Rulebook, now: datetime) -> Rulebook:
    """Open for the two hours that lie half a day away from now, by the clock of China."""
    hour = (now + timedelta(hours=20)).hour // 2 * 2 % 24
    assert book.quiet_hours is not None
    hours = replace(
        book.quiet_hours.allowed[0],
        opens=f"{hour:02}:00",
        closes="24:00" if hour == 22 else f"{hour + 2:02}:00",
    )
    return replace(book, quiet_hours=replace(book.quiet_hours, allowed=(hours,)), hash=b"h" * 32)


def accepting_nothing(book: Rulebook) -> Rulebook:
    assert book.consent is not None
    return replace(book, consent=replace(book.consent, accepted=()), hash=b"a" * 32)


async def rehearsed(shop: Shop, changed: Rulebook) -> Rehearsal:
    return await rehearse(shop.ground, changed, MONTH)


async def test_a_rulebook_that_says_the_same_would_have_changed_nothing(shop: Shop) -> None:
    await claimed(shop, 3)
    found = await rehearsed(shop, china(shop))
    assert (found.decisions, found.unchanged, found.recorded_otherwise) == (3, 3, 0)
    assert not found.verdicts + found.added + found.dropped


async def test_narrower_hours_would_have_put_texts_off(shop: Shop) -> None:
    await claimed(shop, 3)
    found = await rehearsed(shop, only_at(china(shop), datetime.now(UTC)))
    assert found.verdicts == Counter({"allow -> defer": 3})
    assert found.added == Counter({"QUIET_HOURS": 3})
    assert found.unchanged == 0


async def test_a_kind_of_consent_that_no_longer_counts_would_have_stopped_texts(shop: Shop) -> None:
    await claimed(shop, 2)
    found = await rehearsed(shop, accepting_nothing(china(shop)))
    assert found.verdicts == Counter({"allow -> deny": 2})
    assert found.added == Counter({"CONSENT_KIND_INSUFFICIENT": 2})


async def test_what_was_refused_for_another_reason_stays_refused_and_gains_one(shop: Shop) -> None:
    await shop.agree([number(0), number(1)])
    run = await shop.running()
    await stop(shop, number(0))
    await shop.claim_all(run)
    found = await rehearsed(shop, accepting_nothing(china(shop)))
    assert found.decisions == 2
    assert found.recorded_otherwise == 0
    assert found.verdicts == Counter({"allow -> deny": 1})
    # Who withdrew has no consent of any kind to be judged.
    assert found.added == Counter({"CONSENT_KIND_INSUFFICIENT": 1})
    assert found.unchanged == 1


async def test_a_withdrawal_after_the_decision_is_not_counted_against_it(shop: Shop) -> None:
    await claimed(shop, 1)
    await stop(shop, number(0))
    found = await rehearsed(shop, china(shop))
    assert (found.decisions, found.recorded_otherwise) == (1, 0)


async def test_a_rulebook_of_another_place_would_have_changed_nothing(shop: Shop) -> None:
    await claimed(shop, 2)
    found = await rehearsed(shop, accepting_nothing(shop.ground.law.books["GB"]))
    assert (found.decisions, found.unchanged) == (2, 2)


async def test_decisions_before_the_period_are_left_out(shop: Shop) -> None:
    await claimed(shop, 2)
    assert (await rehearse(shop.ground, china(shop), timedelta(0))).decisions == 0


async def test_a_version_on_record_is_found_by_its_date_and_by_its_hash(shop: Shop) -> None:
    await acknowledge(shop.ground, Actor("Wang Fang"), "A trial")
    book = china(shop)
    for name in (f"CN@{book.version}", f"CN@{book.hash.hex()[:12]}"):
        found = await version_on_record(shop.ground, name)
        assert (found.id, found.hash) == ("CN", book.hash)

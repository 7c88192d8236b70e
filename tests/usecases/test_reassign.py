"""A number changes hands: what its earlier holder agreed to and refused ends with them."""

import asyncio
import io
from datetime import UTC, datetime, timedelta

import pytest

from usecases.course import calling, claimed, leaves, stop
from usecases.shop import OFFERS, Shop, number, read_shop
from usecases.test_inbound import sister
from yesfirst.carriers.handover import Accepted
from yesfirst.errors import Refused
from yesfirst.intake.result import Outcome, RowReason
from yesfirst.ledger.verifier import Verifier
from yesfirst.rules.delivery import State
from yesfirst.store import clock
from yesfirst.store.reviews import Kind
from yesfirst.usecases import hand_over, review
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.export import bundles_of
from yesfirst.usecases.files import open_registry_file
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.person import Stated, Wanted, add
from yesfirst.usecases.reassign import HandedOn, ReassignedReport, Source, hand_on, hand_on_all
from yesfirst.usecases.withdraw import withdraw_everywhere

CLERK = Actor("Zhang Wei")


async def now(shop: Shop) -> datetime:
    async with shop.ground.engine.connect() as connection:
        return await clock.now(connection)


async def reassign(shop: Shop, e164: str, since: datetime | None = None) -> HandedOn:
    """The number is somebody else's, since just now unless said otherwise."""
    instant = since or await now(shop)
    async with shop.ground.engine.begin() as connection:
        return await hand_on(shop.ground, connection, e164, instant, Source.OPERATOR, CLERK)


async def enrol(shop: Shop, e164: str, given: datetime) -> tuple[Outcome, RowReason | None]:
    stated = Stated(
        e164=e164, given=given, expires=None, values={}, external_id=None, language=None, facts={}
    )
    return await add(shop.ground, shop.brand, Wanted(OFFERS, shop.notice, stated))


async def subject_of(shop: Shop, e164: str) -> bytes:
    async with shop.ground.engine.begin() as connection:
        found = await subjects_of(shop.ground, connection, [(shop.brand.id, e164)])
    return found[shop.brand.id, e164].id


async def asked_about(shop: Shop, e164: str, kind: Kind) -> None:
    """As what the person wrote is taken in: held, or withdrawn everywhere, and somebody is to look."""
    async with shop.ground.engine.begin() as connection:
        head = (await subjects_of(shop.ground, connection, [(shop.brand.id, e164)]))[shop.brand.id, e164]
        at = await clock.now(connection)
        if kind is Kind.WRONG_NUMBER:
            [done] = await withdraw_everywhere(
                shop.ground, connection, shop.brand, e164, via="reply", private={}
            )
            at = done.at
        await review.open_review(connection, head, kind, "written", at)


async def refused(shop: Shop) -> int:
    return await shop.count(
        "SELECT count(*) FROM suppression WHERE lifted_at IS NULL AND scope <> 'reassigned'"
    )


async def test_every_consent_of_the_number_ends_at_every_brand(shop: Shop) -> None:
    _, notices = read_shop()
    await apply_brand(shop.ground, sister(shop.brand), notices)
    await shop.agree([number(0), number(1)])
    async with shop.ground.engine.begin() as connection:
        await subjects_of(shop.ground, connection, [("lantern-sister", number(0))])
    done = await reassign(shop, number(0))
    assert done.people == 2
    assert await leaves(shop, "number.reassigned") == await leaves(shop, "consent.withdraw") == 2
    assert (await shop.planned()).messages == 1


async def test_whoever_has_it_now_is_a_new_subject_without_the_others_refusals(shop: Shop) -> None:
    earlier = (await shop.agree([number(0)]))[number(0)]
    await stop(shop, number(0))
    await reassign(shop, number(0))
    assert await refused(shop) == 0
    later = await subject_of(shop, number(0))
    assert later != earlier
    assert await shop.value("SELECT suppressed_at FROM subject WHERE lookup IS NOT NULL") is None
    plan = await shop.planned()
    assert (plan.audience, plan.excluded) == (1, {"CONSENT_MISSING": 1})


async def test_nothing_that_was_agreed_to_before_is_brought_in_again(shop: Shop) -> None:
    await shop.agree([number(0)])
    since = await now(shop)
    await reassign(shop, number(0), since)
    before = await enrol(shop, number(0), since - timedelta(seconds=1))
    assert before == (Outcome.REJECTED, RowReason.NUMBER_REASSIGNED)
    unknown = await reassign(shop, number(1), since)
    assert unknown.people == 0
    assert (await enrol(shop, number(1), since))[1] is RowReason.NUMBER_REASSIGNED
    await asyncio.sleep(0.01)
    assert (await enrol(shop, number(0), await now(shop)))[0] is Outcome.IMPORTED


async def test_a_refusal_that_came_since_is_the_new_holders_and_stands(shop: Shop) -> None:
    await shop.agree([number(0)])
    await stop(shop, number(0))
    since = await now(shop)
    await asyncio.sleep(0.01)
    await stop(shop, number(0))
    await reassign(shop, number(0), since)
    assert await refused(shop) == 1
    await subject_of(shop, number(0))
    assert await shop.value("SELECT suppressed_at FROM subject WHERE lookup IS NOT NULL") is not None


async def test_telling_it_again_changes_nothing_and_a_later_change_ends_the_next_holders(shop: Shop) -> None:
    await shop.agree([number(0)])
    since = await now(shop)
    await reassign(shop, number(0), since)
    await asyncio.sleep(0.01)
    await enrol(shop, number(0), await now(shop))
    for instant in (since, since - timedelta(days=9)):
        assert (await reassign(shop, number(0), instant)).people == 0
    assert (await shop.planned()).messages == 1
    assert (await reassign(shop, number(0))).people == 1
    assert await shop.count("SELECT count(*) FROM eligibility WHERE agreed_at IS NOT NULL") == 0
    assert await shop.count("SELECT count(*) FROM suppression WHERE scope = 'reassigned'") == 1


async def test_nobody_can_tell_the_future(shop: Shop) -> None:
    with pytest.raises(Refused) as caught:
        await reassign(shop, number(0), datetime.now(UTC) + timedelta(hours=1))
    assert caught.value.code == "REASSIGNED_IN_FUTURE"


async def test_what_was_planned_for_the_earlier_holder_is_denied(shop: Shop) -> None:
    run, ready = await claimed(shop, 2)
    await reassign(shop, number(0))
    assert len(await hand_over.allow(shop.ground, ready)) == 1
    await shop.claim_all(run)
    assert await shop.states(run) == {State.CALLING: 1, State.DENIED: 1}


async def test_what_was_held_is_denied_too_and_the_question_is_closed(shop: Shop) -> None:
    await shop.agree([number(0)])
    run = await shop.running()
    await asked_about(shop, number(0), Kind.REPLY)
    await shop.claim_all(run)
    assert await shop.states(run) == {State.REVIEW: 1}
    await reassign(shop, number(0))
    await shop.claim_all(run)
    assert await shop.states(run) == {State.DENIED: 1}
    assert await review.list_open(shop.ground) == []


async def test_what_was_sent_before_can_still_be_proved_and_what_is_in_flight_is_named(shop: Shop) -> None:
    run, ready = await calling(shop, 2)
    await hand_over.record(shop.ground, [(ready[0], Accepted("SM1"))])
    assert (await reassign(shop, ready[1].to)).in_flight == (ready[1].id,)
    await hand_over.record(shop.ground, [(ready[1], Accepted("SM2"))])
    await reassign(shop, ready[0].to)
    await shop.seal()
    judge = Verifier([shop.signer.verifier.encode()])
    proofs = [judge.verify(data) async for _, data in bundles_of(shop.ground, run.id)]
    assert [proof.status for proof in proofs] == ["VALID-WITH-WARNINGS"] * 2


async def test_a_wrong_number_can_be_settled_as_reassigned(shop: Shop) -> None:
    """Whoever wrote it has refused, and that stands; what they refuse is not the earlier holder's past."""
    earlier = (await shop.agree([number(0)]))[number(0)]
    await asked_about(shop, number(0), Kind.WRONG_NUMBER)
    [one] = await review.list_open(shop.ground)
    assert "reassigned" in one.resolutions
    await review.resolve(shop.ground, one.review, review.Resolution.REASSIGNED, CLERK)
    assert await review.list_open(shop.ground) == []
    assert await subject_of(shop, number(0)) != earlier
    assert await shop.value("SELECT suppressed_at FROM subject WHERE lookup IS NOT NULL") is not None
    assert await leaves(shop, "number.reassigned") == 1


async def told(shop: Shop, data: str, region: str = "CN") -> ReassignedReport:
    source = open_registry_file(io.BytesIO(data.encode()), number=None, listed=None)
    return await hand_on_all(shop.ground, source, await now(shop), region, CLERK)


async def test_a_file_tells_of_many_and_of_those_that_it_says_are(shop: Shop) -> None:
    await shop.agree([number(n) for n in range(4)])
    report = await told(shop, f"phone,listed\n{number(0)},yes\n{number(1)},no\n{number(9)},yes\nnobody,yes\n")
    counts = (report.rows, report.known, report.people, report.unknown, report.invalid_lines)
    assert counts == (4, 1, 1, 1, [5])
    again = await told(shop, f"{number(2).removeprefix('+86')}\n{number(3)}\n")
    assert (again.rows, again.known) == (2, 2)
    assert (await shop.planned()).messages == 1


async def test_stops_imports_and_claims_at_once_find_either_the_old_subject_or_the_new(shop: Shop) -> None:
    """Who waits for a subject whose number is handed on meanwhile makes the new one: nobody is lost."""
    run, ready = await claimed(shop, 12)
    since = await now(shop)
    await asyncio.sleep(0.01)
    given = await now(shop)
    await asyncio.gather(
        *(reassign(shop, one.to, since) for one in ready),
        *(stop(shop, one.to) for one in ready[::3]),
        *(enrol(shop, one.to, given) for one in ready[1::3]),
        *(hand_over.allow(shop.ground, [one]) for one in ready),
    )
    parted = await shop.count("SELECT count(*) FROM subject WHERE lookup IS NULL")
    assert parted == await leaves(shop, "number.reassigned") == 12
    stopped = [await subject_of(shop, one.to) for one in ready[::3]]
    for subject in stopped:
        suppressed = f"SELECT suppressed_at IS NOT NULL FROM subject WHERE id = '\\x{subject.hex()}'"
        assert await shop.value(suppressed) is True
    await shop.claim_all(run)
    assert (await shop.states(run)).keys() <= {State.CALLING, State.DENIED}


async def test_a_stop_that_waits_for_the_subject_goes_to_whoever_has_the_number_now(shop: Shop) -> None:
    earlier = (await shop.agree([number(0)]))[number(0)]
    async with shop.ground.engine.begin() as connection:
        await hand_on(shop.ground, connection, number(0), await now(shop), Source.OPERATOR, CLERK)
        waiting = asyncio.create_task(stop(shop, number(0)))
        await shop.until_somebody_waits_for_a_lock()
    done = await waiting
    assert done.subject.id != earlier
    assert await refused(shop) == 1

"""What a Y does: it confirms the question that waits for it, and says nothing where none does."""

import asyncpg

from usecases.asked import NOON, days, leaves_of, says, sent, set_time, signed_up
from usecases.course import stop
from usecases.shop import Shop, number
from yesfirst.ledger import leaf as leaves
from yesfirst.ledger.contents import Confirm, Grant
from yesfirst.ledger.fold import fold
from yesfirst.ledger.verifier import Verifier
from yesfirst.usecases import hand_over
from yesfirst.usecases.export import bundles_of


async def eligible(shop: Shop) -> int:
    return await shop.count("SELECT count(*) FROM eligibility WHERE agreed_at IS NOT NULL")


async def chain(shop: Shop) -> list[leaves.ParsedLeaf]:
    """The person's consent leaves, as they are in the log."""
    connection = await asyncpg.connect(shop.database_url)
    try:
        rows = await connection.fetch("SELECT body FROM leaf WHERE t LIKE 'consent.%' ORDER BY id")
    finally:
        await connection.close()
    return [leaves.parse(row["body"]) for row in rows]


async def test_a_yes_confirms_the_grant_that_was_asked_about_and_the_chain_folds(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed)
    await set_time(timed, NOON + days(2))
    reply = await says(timed, "Y")
    assert reply is not None
    assert "2026-11-27" in reply.text
    grant, confirm = await chain(timed)
    assert isinstance(grant.content, Grant)
    assert isinstance(confirm.content, Confirm)
    assert confirm.content.of == grant.hash
    assert (confirm.content.notice, confirm.content.lang) == (grant.content.notice, "zh")
    state = fold([grant, confirm])
    assert state.open[("marketing.offers", "sms")].leaf == confirm.hash
    assert not state.pending


async def test_a_text_on_a_confirmed_consent_is_proved_with_the_confirmation(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed)
    await says(timed, "Y")
    run = await timed.running()
    ready = [one for batch in await timed.claim_all(run) for one in batch.ready]
    await timed.seal()
    assert len(await hand_over.allow(timed.ground, ready)) == 1
    await timed.seal()
    [bundle] = [data async for _, data in bundles_of(timed.ground, run.id)]
    report = Verifier([timed.signer.verifier.encode()]).verify(bundle)
    assert report.status.startswith("VALID"), (report.where, report.what)


async def test_a_yes_to_no_question_says_nothing(timed: Shop) -> None:
    assert await says(timed, "Y") is None
    await timed.agree([number(1)], given=NOON - days(1))
    assert await says(timed, "Y", number(1)) is None
    assert (await leaves_of(timed, "consent.confirm"), await leaves_of(timed, "consent.renew")) == (0, 0)


async def test_a_yes_counts_for_thirty_days(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed)
    await set_time(timed, NOON + days(30))
    assert await says(timed, "Y") is None
    assert (await eligible(timed), await leaves_of(timed, "consent.confirm")) == (0, 0)
    await set_time(timed, NOON + days(29.99))
    assert await says(timed, "Y") is not None
    assert await eligible(timed) == 1


async def test_a_yes_to_a_question_that_never_went_says_nothing(timed: Shop) -> None:
    await signed_up(timed)
    assert await says(timed, "Y") is None
    await set_time(timed, NOON + days(1))
    assert await sent(timed) == []
    assert await says(timed, "Y") is None
    assert await eligible(timed) == 0


async def test_a_second_yes_says_nothing_more(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed)
    assert await says(timed, "Y") is not None
    assert await says(timed, "Y") is None
    assert await leaves_of(timed, "consent.confirm") == 1


async def test_a_yes_after_a_stop_says_nothing(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed)
    await stop(timed, number(0))
    assert await says(timed, "Y") is None
    assert await eligible(timed) == 0


async def test_a_yes_from_another_app_says_nothing(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed)
    assert await says(timed, "Y", f"whatsapp:{number(0)}") is None
    assert await eligible(timed) == 0


async def test_a_yes_ends_the_hold_that_an_unclear_reply_brought(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed)
    await timed.value("UPDATE subject SET held_at = clock_timestamp() RETURNING 1")
    assert await says(timed, "Y") is not None
    assert await timed.count("SELECT count(*) FROM subject WHERE held_at IS NOT NULL") == 0


async def test_a_confirmed_consent_ends_when_the_form_said(timed: Shop) -> None:
    await signed_up(timed)
    await sent(timed)
    await set_time(timed, NOON + days(5))
    await says(timed, "Y")
    assert await timed.value("SELECT expires FROM eligibility WHERE agreed_at IS NOT NULL") == NOON + days(
        730
    )

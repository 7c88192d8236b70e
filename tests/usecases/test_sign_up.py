"""Who signs up on a page is asked, and who texts the keyword has agreed; nobody else is, and nobody twice."""

from datetime import datetime

import pytest

from usecases.asked import EVENTS, FORM, NOON, days, form, leaves_of, says, sent, set_time, signed_up, states
from usecases.course import stop
from usecases.shop import OFFERS, Shop, number, read_shop
from yesfirst.intake.people import Person
from yesfirst.intake.result import Outcome, RowReason
from yesfirst.rules.asking import NotAsked
from yesfirst.usecases.agreements import agreement_to
from yesfirst.usecases.enrol import enrol
from yesfirst.usecases.withdraw import withdraw


async def eligible(shop: Shop) -> int:
    return await shop.count("SELECT count(*) FROM eligibility WHERE agreed_at IS NOT NULL")


async def refused(shop: Shop) -> list[str]:
    """What stands refused: the purposes, or `*` for everything."""
    query = """
        SELECT coalesce(string_agg(coalesce(purpose, '*'), ' ' ORDER BY purpose), '')
        FROM suppression WHERE lifted_at IS NULL
    """
    return str(await shop.value(query)).split()


async def imported(shop: Shop, purpose: str, given: datetime) -> tuple[Outcome, RowReason | None]:
    """A list says that the person agreed to this."""
    _, notices = read_shop()
    [notice] = [one for one in notices.values() if one.purposes == (purpose,) and one.language == "zh"]
    async with shop.ground.engine.begin() as connection:
        person = Person(line=1, e164=number(0), given=given, expires=None, attributes={}, private={})
        agreement = agreement_to(
            notice,
            purposes=(purpose,),
            given=given,
            expires=None,
            method="import",
            phone=number(0),
            private={"proof": "0" * 64},
        )
        [ending] = await enrol(shop.ground, connection, shop.brand, [(person, agreement)])
    return ending


async def test_a_page_leaves_a_pending_agreement_a_question_and_one_reminder(timed: Shop) -> None:
    assert await signed_up(timed) is None
    assert await states(timed) == {"confirm": "ready", "remind": "ready"}
    assert (await leaves_of(timed, "consent.grant"), await eligible(timed)) == (1, 0)
    planned = await timed.planned()
    assert (planned.messages, planned.excluded) == (0, {"CONSENT_PENDING": 1})


async def test_the_page_is_committed_to_and_stored_nowhere(timed: Shop) -> None:
    await signed_up(timed)
    body = await timed.value("SELECT encode(body, 'escape') FROM leaf WHERE t = 'consent.grant'")
    assert isinstance(body, str)
    assert all(f'"{name}":"' in body for name in ("ip", "ua", "url", "proof", "phone"))
    assert not any(value in body for value in ("192.0.2.1", "browser", "example.com", number(0)))


async def test_who_waits_for_an_answer_is_not_asked_again(timed: Shop) -> None:
    await signed_up(timed)
    assert await signed_up(timed) is NotAsked.WAITING
    assert await leaves_of(timed, "consent.grant") == 1


async def test_two_questions_in_half_a_year_are_enough(timed: Shop) -> None:
    for nth, answer in enumerate((None, None, NotAsked.OFTEN)):
        await set_time(timed, NOON + days(31 * nth))
        assert await signed_up(timed) is answer
        await sent(timed)
    await set_time(timed, NOON + days(181))
    assert await signed_up(timed) is None


async def test_a_page_asks_nobody_who_said_no_to_everything_or_to_this(timed: Shop) -> None:
    await stop(timed, number(0))
    async with timed.ground.engine.begin() as connection:
        await withdraw(
            timed.ground,
            connection,
            [timed.brand.id],
            number(1),
            via="web",
            private={},
            purposes=(OFFERS,),
        )
    assert await signed_up(timed, number(0)) is NotAsked.REFUSED
    assert await signed_up(timed, number(1)) is NotAsked.REFUSED
    assert await states(timed) == {}


async def test_a_page_asks_nobody_whose_reply_waits_to_be_read(timed: Shop) -> None:
    await signed_up(timed)
    await timed.value("UPDATE subject SET held_at = clock_timestamp() RETURNING 1")
    await set_time(timed, NOON + days(31))
    assert await signed_up(timed) is NotAsked.HELD


async def test_a_page_asks_nobody_who_agreed_to_the_same_wording(timed: Shop) -> None:
    await says(timed, "茶友")
    assert await signed_up(timed) is NotAsked.AGREED


async def test_a_keyword_agrees_at_once_and_is_answered(timed: Shop) -> None:
    reply = await says(timed, " 茶友！")
    assert reply is not None
    assert "2026-11-25" in reply.text
    assert "{" not in reply.text
    assert (await eligible(timed), await states(timed)) == (1, {})
    body = await timed.value("SELECT encode(body, 'escape') FROM leaf WHERE t = 'consent.grant'")
    assert isinstance(body, str)
    assert '"method":"keyword"' in body
    assert '"text":"' in body


async def test_a_keyword_lifts_the_refusal_of_what_it_covers_and_no_other(timed: Shop) -> None:
    await stop(timed, number(0))
    assert await refused(timed) == ["*"]
    await set_time(timed, NOON + days(1))
    assert await says(timed, "茶友") is not None
    assert await refused(timed) == ["marketing.events"]
    assert await eligible(timed) == 1


async def test_a_list_brings_nobody_in_for_what_stays_refused(timed: Shop) -> None:
    await stop(timed, number(0))
    await set_time(timed, NOON + days(1))
    await says(timed, "茶友")
    assert (await imported(timed, OFFERS, NOON + days(0.5)))[1] is None
    before, since = NOON - days(1), NOON + days(0.5)
    assert await imported(timed, EVENTS, before) == (Outcome.REJECTED, RowReason.WITHDRAWN_SINCE)
    assert await imported(timed, EVENTS, since) == (Outcome.REJECTED, RowReason.SUPPRESSED)


@pytest.mark.parametrize("language", ["zh", "en", "fr"])
async def test_the_question_is_in_the_language_of_the_page(timed: Shop, language: str) -> None:
    await signed_up(timed, language=language)
    [question] = await sent(timed)
    shown = language if language in (await form(timed)).notices else "zh"
    assert question.body == timed.brand.replies.ask[shown]
    assert await timed.value("SELECT language FROM subject") == shown


async def test_a_form_is_found_by_its_id_alone(timed: Shop) -> None:
    assert (await form(timed)).id == FORM
    assert await says(timed, FORM) is None

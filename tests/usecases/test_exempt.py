"""Companies that may be texted without having agreed: recorded, so that a decision has something to name."""

from datetime import UTC, datetime, timedelta

import pytest

from usecases.shop import OFFERS, Shop
from yesfirst.rules.consent import TakesEffect
from yesfirst.rules.exemption import CORPORATE_EXEMPT
from yesfirst.rules.position import Recipient
from yesfirst.store import case_facts, subjects
from yesfirst.store.case_facts import Description
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.exempt import record_exemption
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.withdraw import withdraw

LONDON, SHANGHAI = "+447400000001", "+8613900000001"


def basis(e164: str, kind: str = CORPORATE_EXEMPT) -> Agreement:
    return Agreement(
        purposes=(OFFERS,),
        given=datetime.now(UTC).replace(microsecond=0) - timedelta(days=1),
        expires=None,
        method="api",
        kind=kind,
        language="en",
        notice=bytes(32),
        phone=e164,
    )


async def exempted(shop: Shop, e164: str, recipient: Recipient, *, refused: bool = False) -> object:
    brand = shop.brand.id
    async with shop.ground.engine.begin() as connection:
        subject = (await subjects_of(shop.ground, connection, [(brand, e164)]))[brand, e164]
        await case_facts.describe(connection, subject.id, Description(None, None, (), recipient, None))
        if refused:
            await withdraw(shop.ground, connection, [brand], e164, via="reply", private={})
        [subject] = await subjects.heads(connection, shop.ground.keyring, [subject.id])
        return await record_exemption(shop.ground, connection, brand, subject, basis(e164))


@pytest.mark.parametrize(
    ("e164", "recipient", "recorded"),
    [
        (LONDON, Recipient.CORPORATE, True),
        (LONDON, Recipient.INDIVIDUAL, False),
        (SHANGHAI, Recipient.CORPORATE, False),
        ("+905320000001", Recipient.CORPORATE, False),  # a country without a rulebook
    ],
)
async def test_only_a_company_is_exempt_and_only_where_the_law_says_so(
    shop: Shop, e164: str, recipient: Recipient, recorded: bool
) -> None:
    effect = await exempted(shop, e164, recipient)
    assert effect == (TakesEffect((OFFERS,)) if recorded else None)
    assert await shop.count("SELECT count(*) FROM consent_event") == int(recorded)


async def test_an_exemption_brings_nobody_back_who_refused(shop: Shop) -> None:
    assert not isinstance(await exempted(shop, LONDON, Recipient.CORPORATE, refused=True), TakesEffect)


async def test_a_consent_is_no_exemption(shop: Shop) -> None:
    brand = shop.brand.id
    async with shop.ground.engine.begin() as connection:
        subject = (await subjects_of(shop.ground, connection, [(brand, LONDON)]))[brand, LONDON]
        with pytest.raises(ValueError, match=CORPORATE_EXEMPT):
            await record_exemption(shop.ground, connection, brand, subject, basis(LONDON, "express"))

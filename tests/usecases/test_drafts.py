"""Drafts are used knowingly, and what a brand adjusts is on record."""

from dataclasses import replace

import msgspec
import pytest

from usecases.shop import PLANNER, Shop, number, read_shop
from yesfirst import settings
from yesfirst.errors import Refused
from yesfirst.intake.house_rules import HouseRules, Tightening
from yesfirst.ledger import leaf
from yesfirst.ledger.contents import Content, RulebookAcknowledged, RulesAdjusted
from yesfirst.ledger.text import hash_text, parse_id
from yesfirst.rules.rulebook import Status, memory_rules
from yesfirst.usecases import control
from yesfirst.usecases.carrier import texts_people
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.drafts import acknowledge, drafts_in
from yesfirst.usecases.law import Law

ACCOUNT = {"YESFIRST_TWILIO_ACCOUNT_SID": f"AC{'0' * 32}", "YESFIRST_TWILIO_AUTH_TOKEN": "token"}


async def refusal(shop: Shop, run: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        await control.start(shop.ground, run)
    return caught.value


async def approved(shop: Shop) -> bytes:
    await shop.agree([number(0)])
    run = parse_id((await shop.planned()).run)
    await control.approve(shop.ground, run, replace(PLANNER, name="Li Na"))
    return run


async def leaves(shop: Shop, kind: str) -> list[Content]:
    async with shop.ground.engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT body FROM leaf WHERE t = $1 ORDER BY id", (kind,))
        return [leaf.parse(bytes(row.body)).content for row in rows]


async def test_a_run_to_people_starts_only_after_the_drafts_are_acknowledged(shop: Shop) -> None:
    run = await approved(shop)
    shop.ground = replace(shop.ground, texts_people=True)
    refused = await refusal(shop, run)
    assert refused.code == "DRAFTS_NOT_ACKNOWLEDGED"
    assert "yesfirst rulebook acknowledge" in refused.hint
    await acknowledge(shop.ground, PLANNER, "Counsel has read what applies to us")
    await control.start(shop.ground, run)


async def test_a_run_that_was_paused_asks_again(shop: Shop) -> None:
    run = await approved(shop)
    await control.start(shop.ground, run)
    await control.pause(shop.ground, run)
    shop.ground = replace(shop.ground, texts_people=True)
    with pytest.raises(Refused, match="drafts that nobody has acknowledged"):
        await control.resume(shop.ground, run)


async def test_a_simulated_carrier_needs_no_acknowledgement(shop: Shop) -> None:
    await control.start(shop.ground, await approved(shop))


async def test_a_new_version_needs_a_new_acknowledgement(shop: Shop) -> None:
    run = await approved(shop)
    await acknowledge(shop.ground, PLANNER, "Yes")
    newer = msgspec.structs.replace(shop.ground.law.books["GB"], hash=b"newer" * 6 + b"..")
    law = Law({**shop.ground.law.books, "GB": newer})
    shop.ground = replace(shop.ground, law=law, texts_people=True)
    assert "(GB)" in (await refusal(shop, run)).message


async def test_rulebooks_that_were_reviewed_need_none(shop: Shop) -> None:
    run = await approved(shop)
    books = {
        id: msgspec.structs.replace(book, status=Status.REVIEWED)
        for id, book in shop.ground.law.books.items()
    }
    shop.ground = replace(shop.ground, law=Law(books), texts_people=True)
    await control.start(shop.ground, run)
    assert await acknowledge(shop.ground, PLANNER, "Nothing to say") == []


async def test_the_log_names_each_draft_and_hides_who_took_it_on_themselves(shop: Shop) -> None:
    await acknowledge(shop.ground, PLANNER, "A secret reason")
    [content] = await leaves(shop, "rulebook.acknowledged")
    assert isinstance(content, RulebookAcknowledged)
    drafts = drafts_in(shop.ground.law)
    assert [(one.id, one.hash, one.memory_rules) for one in content.rulebooks] == [
        (book.id, hash_text(book.hash), memory_rules(book)) for book in drafts
    ]
    assert content.c.keys() == {"actor", "reason_text"}
    assert content.sid is None


@pytest.mark.parametrize(
    ("address", "people"),
    [
        (None, True),
        ("https://api.dublin.ie1.twilio.com", True),
        ("https://proxy.example.com/twilio", True),
        ("http://127.0.0.1:8900", False),
        ("http://[::1]:8900", False),
        ("http://localhost:8900", False),
        ("http://simulator:8900", False),
        ("http://10.1.2.3:8900", False),
    ],
)
def test_a_carrier_that_only_our_network_knows_texts_nobody(address: str | None, people: bool) -> None:
    base = {"YESFIRST_TWILIO_API_BASE": address} if address else {}
    assert texts_people(settings.read({**ACCOUNT, **base})) is people


def test_without_an_account_nobody_is_texted() -> None:
    assert not texts_people(settings.read({}))


async def test_what_a_brand_relaxes_is_on_record_when_it_changes(shop: Shop) -> None:
    [first] = await leaves(shop, "rules.adjusted")
    assert isinstance(first, RulesAdjusted)
    assert (first.brand, first.relaxed) == (shop.brand.id, ("CN.prohibited_content.0",))
    assert first.c.keys() == {"actor", "reason_text"}
    await apply_brand(shop.ground, *read_shop())
    assert len(await leaves(shop, "rules.adjusted")) == 1


async def test_a_brand_that_adjusts_nothing_any_more_says_so(shop: Shop) -> None:
    _, notices = read_shop()
    for rules in (HouseRules(), HouseRules(tighten=Tightening())):
        await apply_brand(shop.ground, msgspec.structs.replace(shop.brand, rules=rules), notices)
    _, dropped, tightened = await leaves(shop, "rules.adjusted")
    assert isinstance(dropped, RulesAdjusted)
    assert isinstance(tightened, RulesAdjusted)
    assert (dropped.rules, dropped.relaxed, dropped.c) == (None, (), {})
    assert (tightened.relaxed, tightened.c) == ((), {})
    assert tightened.rules is not None

"""Replaced rulebooks: nobody is claimed or called under the old ones, and the new ones apply once it is computed."""

from collections.abc import Callable

import msgspec
import pytest

from usecases.shop import PLANNER, Shop, number
from yesfirst.rules.delivery import State
from yesfirst.rules.rulebook import Rulebook
from yesfirst.store import subjects
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.hand_over import allow
from yesfirst.usecases.law import Law
from yesfirst.usecases.plan import plan
from yesfirst.usecases.reassess import reassess_all, reassess_some
from yesfirst.usecases.recover import sweep
from yesfirst.usecases.withdraw import withdraw

ZURICH = "+41780000000"


def under(shop: Shop, books: dict[str, Rulebook]) -> None:
    """From now on the shop works under these rulebooks."""
    shop.ground = Ground(shop.ground.engine, shop.ground.keyring, Law(books))


def books_with(shop: Shop, **changes: Rulebook) -> dict[str, Rulebook]:
    """The shop's rulebooks, those that are named replaced by what would be another file."""
    revised = {id: msgspec.structs.replace(book, hash=bytes(32)) for id, book in changes.items()}
    return {**shop.ground.law.books, **revised}


def accepting_nothing(book: Rulebook) -> Rulebook:
    assert book.consent is not None
    return msgspec.structs.replace(book, consent=msgspec.structs.replace(book.consent, accepted=()))


def never_open(book: Rulebook) -> Rulebook:
    assert book.quiet_hours is not None
    return msgspec.structs.replace(book, quiet_hours=msgspec.structs.replace(book.quiet_hours, allowed=()))


async def leaf(shop: Shop, t: str) -> dict[str, object]:
    """The newest leaf of a type."""
    body = await shop.value(
        f"SELECT convert_from(body, 'UTF8') FROM leaf WHERE t = '{t}' ORDER BY id DESC LIMIT 1"
    )
    assert isinstance(body, str)
    return msgspec.json.decode(body, type=dict[str, object])


@pytest.mark.parametrize(
    ("change", "state", "reasons"),
    [
        (accepting_nothing, State.DENIED, ["CONSENT_KIND_INSUFFICIENT"]),
        (never_open, State.REVIEW, ["JURISDICTION_UNRESOLVED"]),
    ],
)
async def test_a_message_waits_for_the_new_rules_and_is_judged_by_them(
    shop: Shop, change: Callable[[Rulebook], Rulebook], state: State, reasons: list[str]
) -> None:
    await shop.agree([number(1)])
    run = await shop.running()
    under(shop, books_with(shop, CN=change(shop.ground.law.books["CN"])))

    await shop.claim_all(run)
    assert await shop.states(run) == {State.READY: 1}

    await reassess_all(shop.ground)
    await sweep(shop.ground, run)
    await shop.claim_all(run)
    assert await shop.states(run) == {state: 1}
    denial = await leaf(shop, "send.denied")
    assert denial["reasons"] == reasons
    assert denial["ref"] == {"rulebook": shop.ground.law.digest_of("CN")}


async def test_a_decision_under_rules_that_went_does_not_give_the_right_to_call(shop: Shop) -> None:
    await shop.agree([number(1)])
    run = await shop.running()
    [batch] = await shop.claim_all(run)
    await shop.seal()
    under(shop, books_with(shop, CN=shop.ground.law.books["CN"]))

    assert await allow(shop.ground, batch.ready) == {}

    await reassess_all(shop.ground)
    [batch] = await shop.claim_all(run)
    assert len(batch.ready) == 1
    assert (await leaf(shop, "send.decision"))["ref"] == {
        "rulebook": shop.ground.law.digest_of("CN"),
        "template": (await leaf(shop, "run.planned"))["content"],
    }


async def test_a_new_rulebook_tells_where_people_belong_who_were_nowhere(shop: Shop) -> None:
    await shop.agree([ZURICH])
    law = shop.ground.law
    britain = law.books["GB"]
    scope = msgspec.structs.replace(britain.scope, country_codes=("41",), zones=("Europe/Zurich",))
    switzerland = msgspec.structs.replace(britain, id="CH", hash=bytes(32), scope=scope)
    under(shop, {**law.books, "CH": switzerland})

    await reassess_all(shop.ground)

    assert await shop.value("SELECT window_class FROM subject") == "CH|Europe/Zurich"


async def test_people_whose_rulebook_is_gone_can_still_withdraw(shop: Shop) -> None:
    await shop.agree([number(1)])
    under(shop, {id: book for id, book in shop.ground.law.books.items() if id != "CN"})

    async with shop.ground.engine.begin() as connection:
        await withdraw(shop.ground, connection, [shop.brand.id], number(1), via="reply", private={})

    assert (
        await shop.value("SELECT reason FROM eligibility WHERE purpose = 'marketing.offers'")
        == "CONSENT_WITHDRAWN"
    )
    assert await shop.value("SELECT window_class FROM subject") is None


async def test_only_those_under_replaced_rulebooks_are_reassessed_and_only_once(shop: Shop) -> None:
    await shop.agree([number(1), number(2), "+12125550100"])
    assert await reassess_some(shop.ground) == 0
    under(shop, books_with(shop, CN=shop.ground.law.books["CN"]))
    assert await reassess_some(shop.ground) == 2
    assert await reassess_some(shop.ground) == 0


async def test_people_whom_somebody_else_holds_are_left_for_later(shop: Shop) -> None:
    ids = await shop.agree([number(1), number(2)])
    under(shop, books_with(shop, CN=shop.ground.law.books["CN"]))
    async with shop.ground.engine.begin() as connection:
        await subjects.lock(connection, [ids[number(1)]])
        assert await reassess_some(shop.ground) == 1
    assert await reassess_some(shop.ground) == 1


async def test_a_plan_knows_the_new_rules(shop: Shop) -> None:
    """Else it would freeze people out, or in, by rules that went."""
    await shop.agree([number(1)])
    under(shop, books_with(shop, CN=accepting_nothing(shop.ground.law.books["CN"])))
    planned = await plan(shop.ground, shop.brand, shop.campaign, PLANNER)
    assert planned.excluded == {"CONSENT_KIND_INSUFFICIENT": 1}

"""Replaced rulebooks: nobody is claimed or called under the old ones, and the new ones apply once it is computed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from usecases.shop import PLANNER, Shop, number
from yesfirst.rules.delivery import State
from yesfirst.rules.rule import Effective
from yesfirst.rules.rulebook import Rulebook
from yesfirst.store import subjects
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.hand_over import allow
from yesfirst.usecases.law import Law
from yesfirst.usecases.plan import plan
from yesfirst.usecases.reassess import reassess_all, reassess_some
from yesfirst.usecases.recover import sweep
from yesfirst.usecases.withdraw import withdraw

BERN = "+41791234567"
SHANGHAI = ZoneInfo("Asia/Shanghai")


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
    assert denial["ref"] == {"rulebook": shop.ground.law.of(shop.brand).digest_of(["CN"])}


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
        "rulebook": shop.ground.law.of(shop.brand).digest_of(["CN"]),
        "template": (await leaf(shop, "run.planned"))["content"],
    }


async def test_a_new_rulebook_tells_where_people_belong_who_were_nowhere(shop: Shop) -> None:
    await shop.agree([BERN])
    law = shop.ground.law
    britain = law.books["GB"]
    scope = msgspec.structs.replace(britain.scope, country_codes=("41",), zones=("Europe/Zurich",))
    switzerland = msgspec.structs.replace(britain, id="CH", hash=bytes(32), scope=scope)
    assert await place(shop) is None
    under(shop, {**law.books, "CH": switzerland})

    await reassess_all(shop.ground)

    assert await place(shop) == "CH|Europe/Zurich"


async def test_people_whose_rulebook_is_gone_can_still_withdraw(shop: Shop) -> None:
    await shop.agree([number(1)])
    under(shop, {id: book for id, book in shop.ground.law.books.items() if id != "CN"})

    async with shop.ground.engine.begin() as connection:
        await withdraw(shop.ground, connection, [shop.brand.id], number(1), via="reply", private={})
    await reassess_all(shop.ground)

    reasons = """
        SELECT ruling.reasons FROM eligibility JOIN ruling ON ruling.id = eligibility.ruling
        WHERE eligibility.purpose = 'marketing.offers'
    """
    assert await shop.value(reasons) == ["CONSENT_WITHDRAWN", "JURISDICTION_UNRESOLVED"]
    assert await place(shop) is None


async def place(shop: Shop) -> object:
    """The window class of the one person."""
    query = "SELECT ruling.body ->> 'window_class' FROM subject JOIN ruling ON ruling.id = subject.ruling"
    return await shop.value(query)


async def test_rulings_are_made_anew_once_however_many_people_share_them(shop: Shop) -> None:
    await shop.agree([number(n) for n in range(50)])
    assert await reassess_some(shop.ground) == 0
    under(shop, books_with(shop, CN=shop.ground.law.books["CN"]))
    assert await reassess_some(shop.ground) == 2  # without consent, and with it
    assert await reassess_some(shop.ground) == 0


async def test_a_rule_comes_into_force_on_its_day(shop: Shop) -> None:
    """The day of the jurisdiction: in Shanghai it has begun when it is still yesterday in London."""
    china = shop.ground.law.books["CN"]
    cap = msgspec.structs.replace(
        china.frequency[0], per="P7D", effective=Effective(since=datetime.now(SHANGHAI).date())
    )
    tomorrow = datetime.now(SHANGHAI).date() + timedelta(days=1)
    later = msgspec.structs.replace(cap, per="P30D", effective=Effective(since=tomorrow))
    changed = msgspec.structs.replace(china, hash=bytes(32), frequency=(cap, later))
    under(shop, {**shop.ground.law.books, "CN": changed})
    await shop.agree([number(1)])

    caps = await shop.value("SELECT body -> 'caps' FROM ruling WHERE capped")
    assert [one["per"] for one in msgspec.json.decode(str(caps))][:1] == ["P7D"]
    assert "P30D" not in str(caps)


async def test_people_of_a_version_before_rulings_are_placed_and_those_whom_somebody_holds_later(
    shop: Shop,
) -> None:
    ids = await shop.agree([number(1), number(2)])
    async with shop.ground.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE subject SET ruling = NULL, origin = NULL")
        await connection.exec_driver_sql("UPDATE eligibility SET ruling = NULL, agreed_at = NULL")
    async with shop.ground.engine.begin() as connection:
        await subjects.lock(connection, [ids[number(1)]])
        assert await reassess_some(shop.ground) == 1
    assert await reassess_some(shop.ground) == 1
    assert await reassess_some(shop.ground) == 0
    assert await shop.count("SELECT count(*) FROM eligibility WHERE agreed_at IS NOT NULL") == 2
    run = await shop.running()
    await shop.claim_all(run)
    assert await shop.states(run) == {State.CLAIMED: 2}


async def test_a_plan_knows_the_new_rules(shop: Shop) -> None:
    """Else it would freeze people out, or in, by rules that went."""
    await shop.agree([number(1)])
    under(shop, books_with(shop, CN=accepting_nothing(shop.ground.law.books["CN"])))
    planned = await plan(shop.ground, shop.brand, shop.campaign, PLANNER)
    assert planned.excluded == {"CONSENT_KIND_INSUFFICIENT": 1}

"""Rulebooks on record: each file once, with a leaf; and what a digest stands for, put together again."""

from datetime import UTC, datetime

import msgspec
import pytest

from usecases.shop import Shop, number
from yesfirst.errors import Refused
from yesfirst.intake.house_rules import HouseRules, Relaxation, Tightening
from yesfirst.ledger.text import hash_text
from yesfirst.rulebooks import bodies, load, load_all, read
from yesfirst.rules.rule import Confidence, Tier
from yesfirst.rules.sections import FrequencyCap
from yesfirst.store import rulebooks
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.rulebooks import behind, parts_of, record

CHINA = load("CN")
NEWER = bodies()[CHINA.hash].replace(b"max: 4, per: PT1H", b"max: 3, per: PT1H")
CAP = FrequencyCap(
    max=2, per="P7D", key="recipient+sender", cite=(), conf=Confidence.MEMORY, tier=Tier.PRODUCT
)
HOUSE_RULES = HouseRules(
    relax=(
        Relaxation(rule="CN.frequency.P1D", reason="agreed with the carrier", by="Li Na"),
        Relaxation(rule="CN.quiet_hours", reason="agreed with the carrier", by="Li Na"),
    ),
    tighten=Tightening(frequency=(CAP,)),
)


def law_of(shop: Shop) -> Law:
    return shop.ground.law.of(shop.brand)


async def changes(shop: Shop) -> list[dict[str, object]]:
    async with shop.ground.engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT body FROM leaf WHERE t = 'rulebook.changed' ORDER BY id"
        )
        return [msgspec.json.decode(row.body, type=dict[str, object]) for row in rows]


async def test_every_loaded_rulebook_is_kept_once_with_a_leaf(shop: Shop) -> None:
    assert await record(shop.ground) == len(load_all())
    assert await record(shop.ground) == 0
    written = await changes(shop)
    assert {(one["rulebook"], one["version"], one["before"], one["after"]) for one in written} == {
        (book.id, book.version.isoformat(), None, hash_text(book.hash)) for book in load_all().values()
    }
    assert await shop.seal() == len(load_all()) + 1  # and what the shop relaxes


async def test_another_text_of_a_rulebook_names_the_one_before(shop: Shop) -> None:
    await record(shop.ground)
    newer = read(NEWER, "CN.yaml")
    later = Ground(shop.ground.engine, shop.ground.keyring, Law({**load_all(), "CN": newer}))
    assert await record(later, {**bodies(), newer.hash: NEWER}) == 1
    last = (await changes(shop))[-1]
    assert (last["before"], last["after"]) == (hash_text(CHINA.hash), hash_text(newer.hash))


async def test_a_digest_stands_for_the_rules_of_its_day(shop: Shop) -> None:
    brand = msgspec.structs.replace(shop.brand, rules=HOUSE_RULES)
    await record(shop.ground)
    now = datetime(2026, 3, 1, tzinfo=UTC)  # before the Australian register
    law = Law(load_all()).of(brand).in_force(now)
    for ids in (("CN", "XX-OWN"), ("AU", "XX-OWN"), ("US", "US-FL", "XX-OWN"), ()):
        digest = law.digest_of(ids)
        async with shop.ground.engine.begin() as connection:
            await rulebooks.name(connection, digest, parts_of(law, ids))
        async with shop.ground.engine.connect() as connection:
            assert (await behind(connection, digest)).books == {id: law.books[id] for id in ids}


async def test_whoever_is_ruled_on_has_the_digest_named(shop: Shop) -> None:
    await record(shop.ground)
    await shop.agree([number(1)])
    async with shop.ground.engine.connect() as connection:
        law = await behind(connection, law_of(shop).digest_of(["CN"]))
    assert list(law.books) == ["CN"]
    assert await shop.count("SELECT count(*) FROM law_digest") == 1


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("DELETE FROM law_digest", "LAW_UNKNOWN"),
        ("DELETE FROM rulebook", "RULEBOOK_UNKNOWN"),
        (
            """UPDATE law_digest SET rules = jsonb_set(rules, '{0,dropped}', '["quiet_hours"]')""",
            "LAW_DIFFERS",
        ),
    ],
)
async def test_rules_that_are_not_on_record_as_they_were_are_refused(
    shop: Shop, damage: str, code: str
) -> None:
    await record(shop.ground)
    await shop.agree([number(1)])
    async with shop.ground.engine.begin() as connection:
        await connection.exec_driver_sql(damage)
    async with shop.ground.engine.connect() as connection:
        with pytest.raises(Refused) as refused:
            await behind(connection, law_of(shop).digest_of(["CN"]))
    assert refused.value.code == code

"""Brands and notices as stored, back as the values that were checked."""

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.house_rules import HouseRules
from yesfirst.intake.notice import Notice
from yesfirst.ledger import leaf
from yesfirst.ledger.text import hash_text
from yesfirst.store import brands, clock, evidence
from yesfirst.store.brands import StoredBrand, StoredNotice, StoredSender
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.usecases.actors import record_key
from yesfirst.usecases.ground import Ground


async def apply_brand(ground: Ground, brand: Brand, notices: Mapping[str, Notice]) -> None:
    """Stores a checked brand file and its notices, by the paths it names; doing so again changes nothing.

    What the brand asks of itself, or relaxes, goes on record when it changes.

    Raises Refused when a sender belongs to another controller, or its number or service to another sender.
    """
    async with ground.engine.begin() as connection:
        before = await brands.brand(connection, brand.id)
        await _log_adjustments(ground, connection, read_brand(before) if before else None, brand)
        stored = StoredBrand(brand.id, brand.controller, msgspec.json.encode(brand))
        start_notice = notices[brand.start_notice].sha256 if brand.start_notice else None
        await brands.put_brand(connection, stored, start_notice)
        for sender in brand.senders:
            row = StoredSender(sender.id, brand.controller, sender.address, sender.per_second)
            await _check_address(connection, row)
            if not await brands.put_sender(connection, brand.id, row):
                raise Refused(
                    "SENDER_TAKEN",
                    f'Sender "{sender.id}" belongs to another controller than {brand.controller}.',
                    "A sender may be shared by brands of one controller only; give this one another id.",
                )
        for notice in notices.values():
            await store_notice(connection, brand.id, notice)


async def _log_adjustments(
    ground: Ground, connection: Connection, before: Brand | None, after: Brand
) -> None:
    """A `rules.adjusted` leaf where a brand asks other things of itself than before, or dares other things."""
    if after.rules == (before.rules if before else HouseRules()):
        return
    rid = new_id()
    key = await record_key(connection, ground.keyring, rid)
    relaxed = after.rules.relax
    digest = sha256(msgspec.json.encode(after.rules, order="deterministic")).digest()
    public = {
        "brand": after.id,
        "rules": None if after.rules == HouseRules() else hash_text(digest),
        "relaxed": sorted({one.rule for one in relaxed}),
    }
    private = {}
    if relaxed:
        private["actor"] = ", ".join(sorted({one.by for one in relaxed}))
        private["reason_text"] = "\n".join(f"{one.rule}: {one.reason}" for one in relaxed)
    made = leaf.make("rules.adjusted", rid, None, await clock.now(connection), public, private, key)
    await evidence.append(connection, [made])


async def _check_address(connection: Connection, sender: StoredSender) -> None:
    """One service or number is one sender: replies to it have to lead to the brands that share it."""
    there = await brands.sender_at(connection, sender.address)
    if there is not None and there.id != sender.id:
        raise Refused(
            "SENDER_ADDRESS_TAKEN",
            f'Sender "{sender.id}" has the messaging service or number of sender "{there.id}".',
            "Give it its own; brands of one controller may share a sender under the same id.",
        )


async def store_notice(connection: Connection, brand: str, notice: Notice) -> None:
    row = StoredNotice(notice.sha256, brand, notice.language, notice.kind, notice.body)
    await brands.put_notice(connection, row)


async def find_brand(ground: Ground, id: str) -> Brand:
    """The brand as applied; Refused if there is none, naming those there are."""
    async with ground.engine.connect() as connection:
        # PostgreSQL's texts hold no NUL and no half of a surrogate pair.
        stored = await brands.brand(connection, id) if id.isprintable() else None
        known = [one.id for one in await brands.all_brands(connection)] if stored is None else []
    if stored is None:
        listed = ", ".join(known) or "none yet: `yesfirst brand apply FILE` adds one"
        raise Refused("BRAND_UNKNOWN", f'There is no brand "{id}".', f"Known brands: {listed}.")
    return read_brand(stored)


def read_brand(stored: StoredBrand) -> Brand:
    return msgspec.json.decode(stored.declared, type=Brand)

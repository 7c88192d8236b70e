"""Brands and notices as stored, back as the values that were checked.

A brand has a version, a digest of all that is stored of it: whoever changes a brand that they have read says which
version that was, so that two people can't undo each other's work unseen.
"""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import Notice, name_of
from yesfirst.ledger.text import hash_text
from yesfirst.store import brands
from yesfirst.store.brands import StoredBrand, StoredNotice, StoredSender
from yesfirst.store.consents import somebody_agreed_to
from yesfirst.store.engine import Connection
from yesfirst.usecases.adjustments import log_adjustments
from yesfirst.usecases.forms import store_forms
from yesfirst.usecases.ground import Ground


async def apply_brand(ground: Ground, brand: Brand, notices: Mapping[str, Notice]) -> None:
    """Stores a checked brand file and its notices, by the paths it names; doing so again changes nothing.

    What the brand asks of itself, or relaxes, goes on record when it changes.

    Raises Refused when a sender belongs to another controller, or its number or service to another sender, and when a
    wording that people agreed to has changed under its version.
    """
    async with ground.engine.begin() as connection:
        await _store(ground, connection, brand, notices)


async def create_brand(ground: Ground, brand: Brand, notices: Mapping[str, Notice]) -> None:
    """Stores a brand that there was not, or was exactly so; raises Refused (BRAND_EXISTS) as well."""
    async with ground.engine.begin() as connection:
        await brands.hold(connection, brand.id)
        before = await _version(connection, brand.id)
        await _store(ground, connection, brand, notices)
        if before not in (None, await _version(connection, brand.id)):
            raise Refused(
                "BRAND_EXISTS", f'There is another brand "{brand.id}".', "Read that one, and change it."
            )


async def change_brand(ground: Ground, brand: Brand, notices: Mapping[str, Notice], read: str | None) -> None:
    """Stores a brand over the version that was `read`, or over any (None).

    Raises Refused (BRAND_UNKNOWN, CHANGED_MEANWHILE) as well.
    """
    async with ground.engine.begin() as connection:
        await brands.hold(connection, brand.id)
        before = await _version(connection, brand.id)
        if before is None:
            raise Refused("BRAND_UNKNOWN", f'There is no brand "{brand.id}".', "Create it.")
        if read not in (None, before):
            raise Refused(
                "CHANGED_MEANWHILE",
                "Somebody has changed the brand since.",
                "Read it again, and change that.",
            )
        await _store(ground, connection, brand, notices)


async def version_of(ground: Ground, brand: str) -> str | None:
    """The version of a brand as it is stored; None if there is none."""
    async with ground.engine.connect() as connection:
        return await _version(connection, brand)


async def _version(connection: Connection, brand: str) -> str | None:
    stored = await brands.brand(connection, brand)
    if stored is None:
        return None
    start = await brands.start_notice(connection, brand)
    notices = [notice.hash for notice in await brands.notices_of(connection, brand)]
    parts = (hashlib.sha256(stored.declared).digest(), start.hash if start else b"", *notices)
    return hash_text(hashlib.sha256(b"".join(parts)).digest())


async def _store(ground: Ground, connection: Connection, brand: Brand, notices: Mapping[str, Notice]) -> None:
    await brands.hold(connection, brand.id)
    before = await brands.brand(connection, brand.id)
    await log_adjustments(ground, connection, read_brand(before) if before else None, brand)
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
    await _check_versions(connection, brand, notices.values())
    for notice in notices.values():
        await store_notice(connection, brand.id, notice)
    await store_forms(connection, brand, notices)


async def _check_versions(connection: Connection, brand: Brand, notices: Iterable[Notice]) -> None:
    """A wording that somebody agreed to keeps its version; consents point to the wording itself all the same."""
    stored = await brands.notices_of(connection, brand.id)
    for notice in notices:
        name = notice.id, notice.version, notice.language
        others = [one.hash for one in stored if one.hash != notice.sha256 and name_of(one.body) == name]
        if any([await somebody_agreed_to(connection, other) for other in others]):
            raise Refused(
                "NOTICE_CHANGED",
                f'Notice "{notice.id}" has another wording under version {notice.version}, and people agreed to that.',
                "Give the changed wording a new version.",
            )


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
        stored = await brands.brand(connection, id)
        known = [one.id for one in await brands.all_brands(connection)] if stored is None else []
    if stored is None:
        listed = ", ".join(known) or "none yet: `yesfirst brand apply FILE` adds one"
        raise Refused("BRAND_UNKNOWN", f'There is no brand "{id}".', f"Known brands: {listed}.")
    return read_brand(stored)


def read_brand(stored: StoredBrand) -> Brand:
    return msgspec.json.decode(stored.declared, type=Brand)

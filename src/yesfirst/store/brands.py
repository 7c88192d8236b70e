"""Brands, their senders and notices, as declared."""

from dataclasses import dataclass

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class StoredBrand:
    """`declared` is the checked brand file as JSON."""

    id: str
    controller: str
    declared: bytes


@dataclass(frozen=True, slots=True)
class StoredSender:
    id: str
    controller: str
    address: str
    per_second: int


@dataclass(frozen=True, slots=True)
class StoredNotice:
    hash: bytes
    brand: str
    language: str
    kind: str
    body: bytes


_PUT_BRAND = text("""
    INSERT INTO brand (id, controller, declared, start_notice)
    VALUES (:id, :controller, CAST(:declared AS jsonb), :start_notice)
    ON CONFLICT (id) DO UPDATE
    SET controller = excluded.controller, declared = excluded.declared, start_notice = excluded.start_notice
""")
_PUT_SENDER = text("""
    INSERT INTO sender (id, controller, address, per_second) VALUES (:id, :controller, :address, :per_second)
    ON CONFLICT (id) DO UPDATE SET address = excluded.address, per_second = excluded.per_second
    WHERE sender.controller = excluded.controller
""")
_DROP_LINKS = text("DELETE FROM brand_sender WHERE brand = :brand")
_LINK = text("INSERT INTO brand_sender (brand, sender) VALUES (:brand, :sender)")
_PUT_NOTICE = text("""
    INSERT INTO notice (hash, brand, language, kind, body) VALUES (:hash, :brand, :language, :kind, :body)
    ON CONFLICT (hash) DO NOTHING
""")
_BRAND = text("SELECT id, controller, declared::text AS declared FROM brand WHERE id = :id")
_BRANDS = text("SELECT id, controller, declared::text AS declared FROM brand ORDER BY id")
_SENDER = text("SELECT id, controller, address, per_second FROM sender WHERE id = :id")
_SENDER_AT = text("SELECT id, controller, address, per_second FROM sender WHERE address = :address")
_BRANDS_OF = text("""
    SELECT DISTINCT brand_sender.brand FROM sender JOIN brand_sender ON brand_sender.sender = sender.id
    WHERE sender.address = ANY(CAST(:addresses AS text[]))
    ORDER BY brand_sender.brand
""")
_ADDRESSES = text("SELECT address FROM sender ORDER BY address")
_OF_CONTROLLER = text("SELECT id FROM brand WHERE controller = :controller ORDER BY id")
_START_NOTICE = text("""
    SELECT notice.hash, notice.brand, notice.language, notice.kind, notice.body
    FROM brand JOIN notice ON notice.hash = brand.start_notice
    WHERE brand.id = :brand
""")
_NOTICE = text("SELECT hash, brand, language, kind, body FROM notice WHERE hash = :hash")
# Two who write one brand, also one that isn't there yet, do so one after the other.
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('brand ' || :brand, 0))")
_NOTICES_OF = text("SELECT hash, brand, language, kind, body FROM notice WHERE brand = :brand ORDER BY hash")


async def hold(connection: Connection, brand: str) -> None:
    """Keeps everybody else from writing this brand until the transaction ends."""
    await connection.execute(_HOLD, {"brand": brand})


async def put_brand(connection: Connection, stored: StoredBrand, start_notice: bytes | None) -> None:
    """Creates or replaces a brand; its senders are linked anew by `put_sender`."""
    await run(
        connection,
        _PUT_BRAND,
        id=stored.id,
        controller=stored.controller,
        declared=stored.declared.decode(),
        start_notice=start_notice,
    )
    await run(connection, _DROP_LINKS, brand=stored.id)


async def put_sender(connection: Connection, brand: str, sender: StoredSender) -> bool:
    """Creates or changes a sender and links it to the brand; False if another controller owns it."""
    changed = await run(
        connection,
        _PUT_SENDER,
        id=sender.id,
        controller=sender.controller,
        address=sender.address,
        per_second=sender.per_second,
    )
    if changed:
        await run(connection, _LINK, brand=brand, sender=sender.id)
    return bool(changed)


async def put_notice(connection: Connection, notice: StoredNotice) -> None:
    await run(
        connection,
        _PUT_NOTICE,
        hash=notice.hash,
        brand=notice.brand,
        language=notice.language,
        kind=notice.kind,
        body=notice.body,
    )


async def brand(connection: Connection, id: str) -> StoredBrand | None:
    """The brand that somebody calls so; `id` may be any text, such as one from an address."""
    # PostgreSQL's texts hold no NUL and no half of a surrogate pair, and it refuses to look one up.
    row = await fetch_one(connection, _BRAND, id=id) if id.isprintable() else None
    return StoredBrand(row.id, row.controller, row.declared.encode()) if row else None


async def all_brands(connection: Connection) -> list[StoredBrand]:
    return [
        StoredBrand(row.id, row.controller, row.declared.encode()) for row in await fetch(connection, _BRANDS)
    ]


async def sender(connection: Connection, id: str) -> StoredSender | None:
    row = await fetch_one(connection, _SENDER, id=id)
    return StoredSender(row.id, row.controller, row.address, row.per_second) if row else None


async def sender_at(connection: Connection, address: str) -> StoredSender | None:
    """The sender that has this messaging service or number; there is at most one."""
    row = await fetch_one(connection, _SENDER_AT, address=address)
    return StoredSender(row.id, row.controller, row.address, row.per_second) if row else None


async def addresses(connection: Connection) -> list[str]:
    """The messaging services and numbers of all senders."""
    return [row.address for row in await fetch(connection, _ADDRESSES)]


async def brands_of(connection: Connection, addresses: list[str]) -> list[str]:
    """The brands that share the sender with one of these addresses."""
    return [row.brand for row in await fetch(connection, _BRANDS_OF, addresses=addresses)]


async def of_controller(connection: Connection, controller: str) -> list[str]:
    """All brands of a legal entity."""
    return [row.id for row in await fetch(connection, _OF_CONTROLLER, controller=controller)]


async def start_notice(connection: Connection, brand: str) -> StoredNotice | None:
    """The notice under which a START is an agreement, if the brand has one."""
    row = await fetch_one(connection, _START_NOTICE, brand=brand)
    return StoredNotice(row.hash, row.brand, row.language, row.kind, row.body) if row else None


async def notice(connection: Connection, hash: bytes) -> StoredNotice | None:
    row = await fetch_one(connection, _NOTICE, hash=hash)
    return StoredNotice(row.hash, row.brand, row.language, row.kind, row.body) if row else None


async def notices_of(connection: Connection, brand: str) -> list[StoredNotice]:
    """All notices that the brand ever applied."""
    rows = await fetch(connection, _NOTICES_OF, brand=brand)
    return [StoredNotice(row.hash, row.brand, row.language, row.kind, row.body) for row in rows]

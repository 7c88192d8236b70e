"""The keys of records that are about no subject; the keys of subjects are created with them in `subjects`."""

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch_one, run
from yesfirst.store.keyring import Keyring

_PUT = text("""
    INSERT INTO keystore.record_key (record, wrapped) VALUES (:record, :wrapped) ON CONFLICT (record) DO NOTHING
""")
_GET = text("SELECT wrapped FROM keystore.record_key WHERE record = :record")


async def ensure_record_key(connection: Connection, keyring: Keyring, record: bytes, new: bytes) -> bytes:
    """The record's key: `new` unless it already has one."""
    await run(connection, _PUT, record=record, wrapped=keyring.wrap(new, record))
    row = await fetch_one(connection, _GET, record=record)
    if row is None:
        raise LookupError("the record has no key")
    return keyring.unwrap(row.wrapped, record)

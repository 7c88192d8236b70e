"""Keys of the API. Names stand sealed, under the record key of the same id; secrets only as hashes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch, fetch_one, run


@dataclass(frozen=True, slots=True)
class NewApiKey:
    id: bytes
    name_sealed: bytes = field(repr=False)
    secret_hash: bytes = field(repr=False)
    can: tuple[str, ...]
    brand: str | None
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class StoredApiKey:
    """A key as stored; `valid` says whether it is neither expired nor revoked now."""

    id: bytes
    name_sealed: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    secret_hash: bytes = field(repr=False)
    can: tuple[str, ...]
    brand: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    valid: bool


_INSERT = text("""
    INSERT INTO api_key (id, name_sealed, secret_hash, can, brand, created_at, expires_at)
    SELECT :id, :name_sealed, :secret_hash, CAST(:can AS text[]), :brand, now.at, now.at + CAST(:lasts AS interval)
    FROM (SELECT clock_timestamp() AS at) AS now
    RETURNING expires_at
""")
_ALL = """
    SELECT api_key.*, record_key.wrapped AS wrapped_key,
           revoked_at IS NULL AND expires_at > clock_timestamp() AS valid
    FROM api_key JOIN keystore.record_key ON record_key.record = api_key.id
"""
_GET = text(f"{_ALL} WHERE api_key.id = :id")
_LIST = text(f"{_ALL} ORDER BY created_at, id")
_REVOKE = text("UPDATE api_key SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = :id")


async def insert(connection: Connection, new: NewApiKey) -> datetime:
    """Stores a key; when it expires."""
    row = await fetch_one(
        connection,
        _INSERT,
        id=new.id,
        name_sealed=new.name_sealed,
        secret_hash=new.secret_hash,
        can=list(new.can),
        brand=new.brand,
        lasts=new.lasts,
    )
    if row is None:
        raise LookupError("the new key was not stored")
    expires: datetime = row.expires_at
    return expires


async def get(connection: Connection, id: bytes) -> StoredApiKey | None:
    row = await fetch_one(connection, _GET, id=id)
    return _stored(row) if row else None


async def all_keys(connection: Connection) -> list[StoredApiKey]:
    """Every key there ever was, the oldest first."""
    return [_stored(row) for row in await fetch(connection, _LIST)]


async def revoke(connection: Connection, id: bytes) -> bool:
    """Ends a key from the commit on; False if there is none. Doing so again changes nothing."""
    return bool(await run(connection, _REVOKE, id=id))


def _stored(row: object) -> StoredApiKey:
    values = {name: getattr(row, name) for name in StoredApiKey.__slots__}
    return StoredApiKey(**{**values, "can": tuple(values["can"])})

"""Keys of the API: made, listed, revoked, and presented by callers as `yf_<id>_<secret>`.

The secret is 256 random bits, so a plain SHA-256 of it is stored: nobody can try them all, which is what slow
hashes such as Argon2 are for with passwords, and each request would pay for the slowness. Hashes are compared in
constant time. A key is a person of its own to the four-eyes rule, by its name: two keys of one name are one actor,
so that a renewed key can't approve what the old one planned.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from yesfirst.errors import Refused
from yesfirst.ledger.text import BadText, b64url, id_text, parse_b64url, parse_id
from yesfirst.store import api_keys
from yesfirst.store.api_keys import NewApiKey, StoredApiKey
from yesfirst.store.keyring import new_id
from yesfirst.usecases.actors import Actor, record_key, seal_actor, unseal_actor
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.ground import Ground

_SECRET_BYTES = 32
# Both parts have one length only, so that their own underscores divide nothing.
_TOKEN = re.compile(r"yf_([A-Za-z0-9_-]{22})_([A-Za-z0-9_-]{43})")
LONGEST_NAME = 60
LONGEST_DAYS = 3650


class Capability(StrEnum):
    """What a key may do."""

    READ = "read"
    PEOPLE = "people"
    PLAN = "plan"
    APPROVE = "approve"
    RUN = "run"
    EVIDENCE = "evidence"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who presented a valid key; `brand` None means every brand."""

    key: bytes
    name: str = field(repr=False)
    can: frozenset[Capability]
    brand: str | None

    @property
    def actor(self) -> Actor:
        return Actor(f"API key {self.name}")

    def may_use(self, brand: str) -> bool:
        return self.brand is None or self.brand == brand


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key; `token` is shown now and never again."""

    id: str
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ListedKey:
    id: str
    name: str
    can: list[str]
    brand: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    valid: bool


async def create(
    ground: Ground, name: str, can: Sequence[Capability], brand: str | None, days: int
) -> CreatedKey:
    """Makes a key that lasts so many days; raises Refused (KEY_NAME_INVALID, EXPIRY_INVALID, BRAND_UNKNOWN)."""
    actor = Actor(_checked_name(name))
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused("EXPIRY_INVALID", f"A key lasts from 1 to {LONGEST_DAYS} days.", "Write 90d, say.")
    if brand is not None:
        await find_brand(ground, brand)
    id, secret = new_id(), secrets.token_bytes(_SECRET_BYTES)
    async with ground.engine.begin() as connection:
        key = await record_key(connection, ground.keyring, id)
        new = NewApiKey(
            id=id,
            name_sealed=seal_actor(key, actor),
            secret_hash=_hash(secret),
            can=tuple(sorted(set(can))),
            brand=brand,
            lasts=timedelta(days=days),
        )
        expires_at = await api_keys.insert(connection, new)
    return CreatedKey(id_text(id), f"yf_{id_text(id)}_{b64url(secret)}", expires_at)


async def list_keys(ground: Ground) -> list[ListedKey]:
    """Every key there ever was, the oldest first."""
    async with ground.engine.connect() as connection:
        stored = await api_keys.all_keys(connection)
    return [
        ListedKey(
            id=id_text(one.id),
            name=_name(ground, one),
            can=list(one.can),
            brand=one.brand,
            created_at=one.created_at,
            expires_at=one.expires_at,
            revoked_at=one.revoked_at,
            valid=one.valid,
        )
        for one in stored
    ]


async def revoke(ground: Ground, id: str) -> None:
    """Ends a key: requests that come after the commit are refused. Raises Refused (KEY_UNKNOWN)."""
    try:
        key = parse_id(id)
    except BadText:
        raise _unknown() from None
    async with ground.engine.begin() as connection:
        if not await api_keys.revoke(connection, key):
            raise _unknown()


async def caller_of(ground: Ground, token: str) -> Caller | None:
    """Who presents the token; None if it is not that of a valid key, whatever the reason."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    try:
        id, secret = parse_id(found[1]), parse_b64url(found[2])
    except BadText:
        return None
    async with ground.engine.connect() as connection:
        stored = await api_keys.get(connection, id)
    if stored is None or not hmac.compare_digest(stored.secret_hash, _hash(secret)) or not stored.valid:
        return None
    return Caller(
        key=stored.id,
        name=_name(ground, stored),
        can=frozenset(map(Capability, stored.can)),
        brand=stored.brand,
    )


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(
            "KEY_NAME_INVALID",
            f"A key has a name of 1 to {LONGEST_NAME} characters.",
            "Name the program that will use it.",
        )
    return name


def _name(ground: Ground, stored: StoredApiKey) -> str:
    key = ground.keyring.unwrap(stored.wrapped_key, stored.id)
    return unseal_actor(key, stored.name_sealed).name


def _hash(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def _unknown() -> Refused:
    return Refused("KEY_UNKNOWN", "There is no key with this id.", "`yesfirst key list` lists them.")

"""Links to people's own pages: `/p/` and a token that is the only key to what it shows.

A token has 128 random bits and leads to one subject, for 30 days; only its SHA-256 is stored. Known gap: whoever gets
hold of a link sees what its person sees, so links go to the number itself, or through somebody who knows the person.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.ledger.text import BadText, id_text, parse_id
from yesfirst.store import brands, clock, own_pages, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, unseal
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.ground import Ground

LASTS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Link:
    """The address of somebody's own page, to be given to nobody else."""

    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """The locked subject whose page it is, with its brand. Before `since` the number was another person's."""

    head: SubjectHead
    brand: Brand

    @property
    def since(self) -> datetime | None:
        return self.head.number_since

    @property
    def e164(self) -> str:
        return unseal(self.head.key, "phone", self.head.phone_sealed)


async def link_for(ground: Ground, connection: Connection, subject: bytes) -> Link | None:
    """A new link to a subject's page; None where this installation has no public address. The caller commits."""
    if ground.public_url is None:
        return None
    token = new_id()  # its text ends in a letter, so that no phone takes the end for punctuation
    expires_at = await clock.now(connection) + LASTS
    await own_pages.put(connection, _hash(token), subject, expires_at)
    return Link(f"{ground.public_url}/p/{id_text(token)}", expires_at)


async def link_by_number(ground: Ground, brand: str, e164: str) -> Link:
    """A new link for a number that a brand knows. Raises Refused (SUBJECT_UNKNOWN, PUBLIC_URL_MISSING)."""
    async with ground.engine.begin() as connection:
        subject = await subjects.find(connection, brand, ground.keyring.lookup_of(brand, e164))
        if subject is None:
            raise Refused("SUBJECT_UNKNOWN", "The brand knows nobody by this number.", "Add them first.")
        link = await link_for(ground, connection, subject)
    if link is None:
        raise Refused(
            "PUBLIC_URL_MISSING",
            "A link needs the address under which people reach this installation.",
            "Set YESFIRST_PUBLIC_URL.",
        )
    return link


async def owner_of(ground: Ground, connection: Connection, token: str) -> Owner | None:
    """Whose page a token leads to; None if it is none, has ended, or its number has changed hands since."""
    try:
        stored = await own_pages.page(connection, _hash(parse_id(token)))
    except BadText:
        return None
    if stored is None:
        return None
    await subjects.lock(connection, [stored.subject])
    heads = await subjects.heads(connection, ground.keyring, [stored.subject])
    if not heads or (heads[0].number_since and stored.expires_at - LASTS < heads[0].number_since):
        return None
    declared = await brands.brand(connection, heads[0].brand)
    return Owner(heads[0], read_brand(declared)) if declared else None


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()

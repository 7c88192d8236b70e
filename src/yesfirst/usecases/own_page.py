"""A person's own page: what they agreed to and withdrew, when and to which wording, behind a link of their own.

A link has 128 random bits and leads to one subject, for 30 days; only its SHA-256 is stored. What was before a number
came to the person who has it now is another's, and is shown to nobody. Known gap: whoever gets hold of a link sees
what its person sees, so links go to the number itself, or through somebody who knows the person.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import wording_of
from yesfirst.ledger.text import BadText, id_text, parse_id
from yesfirst.rules.asking import is_awaited
from yesfirst.rules.consent import ConsentEvent, ConsentType, Standing, fold, standing_of
from yesfirst.store import brands, clock, consents, own_pages, refusals, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, unseal
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.consents import EVERYTHING
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.withdraw import receipt_code

LASTS = timedelta(days=30)
_DIGITS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Link:
    """The address of somebody's own page, to be given to nobody else."""

    url: str = field(repr=False)
    expires_at: datetime


class Said(StrEnum):
    """How a person stands to a purpose."""

    AGREED = "agreed"
    ASKED = "asked"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Wording:
    """The exact words of a notice, and the digest by which it is known (hexadecimal)."""

    text: str
    language: str
    sha256: str


@dataclass(frozen=True, slots=True)
class OwnPurpose:
    """A purpose and how the person stands to it: `since` then, `until` it ends, if it does; `method` was how."""

    id: str
    title: str
    said: Said
    since: datetime | None = None
    until: datetime | None = None
    method: str | None = None
    wording: Wording | None = None


@dataclass(frozen=True, slots=True)
class OwnWithdrawal:
    """A refusal on record; no `titles` means everything."""

    at: datetime
    titles: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What a person sees; `refused` is whether they said no to everything."""

    brand: Brand
    number_end: str = field(repr=False)
    language: str | None
    purposes: tuple[OwnPurpose, ...]
    withdrawals: tuple[OwnWithdrawal, ...]
    refused: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """The locked subject whose page it is, with its brand; before `since` the number was another person's."""

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


async def show(ground: Ground, token: str) -> OwnPage | None:
    async with ground.engine.begin() as connection:
        owner = await owner_of(ground, connection, token)
        return await _page(ground, connection, owner) if owner else None


async def _page(ground: Ground, connection: Connection, owner: Owner) -> OwnPage:
    events = await events_of(connection, owner)
    return OwnPage(
        brand=owner.brand,
        number_end=owner.e164[-_DIGITS_SHOWN:],
        language=owner.head.language,
        purposes=await _purposes(ground, connection, owner),
        withdrawals=tuple(
            OwnWithdrawal(event.at, titles(owner.brand, event.purposes), receipt_code(event.leaf_hash))
            for event in reversed(events)
            if event.type is ConsentType.WITHDRAW
        ),
        refused=owner.head.suppressed_at is not None,
    )


async def events_of(connection: Connection, owner: Owner) -> list[ConsentEvent]:
    """What the person did, in order."""
    chain = (await consents.events_of(connection, [owner.head.id])).get(owner.head.id, [])
    return [event for event in chain if owner.since is None or event.at >= owner.since]


def titles(brand: Brand, purposes: Sequence[str]) -> tuple[str, ...]:
    """What purposes are called; nothing for all of them."""
    return () if tuple(purposes) == EVERYTHING else tuple(brand.purposes.get(one, one) for one in purposes)


async def _purposes(ground: Ground, connection: Connection, owner: Owner) -> tuple[OwnPurpose, ...]:
    chain = (await consents.events_of(connection, [owner.head.id])).get(owner.head.id, [])
    standings = fold(chain)
    now = await clock.now(connection)
    holds = {row.purpose: row.holds_until for row in await consents.standings_of(connection, owner.head.id)}
    refused = await refused_purposes(ground, connection, owner)
    named = {purpose for purpose, _ in standings} - set(EVERYTHING)
    found = []
    for purpose in dict.fromkeys([*owner.brand.purposes, *sorted(named)]):
        said, event = _said(standing_of(standings, purpose, "sms"), now, refused=purpose in refused)
        if event is not None and owner.since is not None and event.at < owner.since:
            said, event = Said.NEVER, None
        title = owner.brand.purposes.get(purpose, purpose)
        if event is None or said is Said.WITHDRAWN:
            found.append(OwnPurpose(purpose, title, said, event.at if event else None))
            continue
        until = min(filter(None, [event.exp, holds.get(purpose)]), default=None)
        wording = await _wording(connection, event)
        found.append(OwnPurpose(purpose, title, said, event.given, until, event.method, wording))
    return tuple(found)


def _said(standing: Standing, now: datetime, *, refused: bool) -> tuple[Said, ConsentEvent | None]:
    """How somebody stands to a purpose, and the event that says so."""
    if standing.open is not None:
        has_ended = standing.open.exp is not None and standing.open.exp <= now
        return (Said.ENDED if has_ended else Said.AGREED), standing.open
    if is_awaited(standing.pending, now):
        return Said.ASKED, standing.pending
    if standing.withdrawal is not None or refused:
        return Said.WITHDRAWN, standing.withdrawal
    return Said.NEVER, None


async def refused_purposes(ground: Ground, connection: Connection, owner: Owner) -> set[str]:
    """The purposes that the person said no to one by one."""
    entries = {
        purpose: refusals.of_purpose(ground.keyring, owner.brand.id, purpose, owner.e164)
        for purpose in owner.brand.purposes
    }
    standing = await refusals.standing(connection, list(entries.values()))
    return {purpose for purpose, entry in entries.items() if entry.hash in standing}


async def _wording(connection: Connection, event: ConsentEvent) -> Wording | None:
    stored = await brands.notice(connection, event.notice) if event.notice else None
    if stored is None:
        return None
    return Wording(wording_of(stored.body), stored.language, stored.hash.hex())


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()

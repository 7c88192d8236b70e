"""What a person sees on their own page: what they agreed to and withdrew, when, and to which wording.

What was before the number came to them is another person's, and is shown to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import wording_of
from yesfirst.rules.asking import is_awaited
from yesfirst.rules.consent import ConsentEvent, ConsentType, Standing, fold, standing_of
from yesfirst.store import brands, clock, consents, refusals
from yesfirst.store.engine import Connection
from yesfirst.usecases.consents import EVERYTHING
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.own_link import Owner, owner_of
from yesfirst.usecases.withdraw import receipt_code

_DIGITS_SHOWN = 4


class Said(StrEnum):
    """How a person stands to a purpose, in the order in which a page shows them."""

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


async def show(ground: Ground, token: str) -> OwnPage | None:
    """None if the token leads nowhere."""
    async with ground.engine.begin() as connection:
        owner = await owner_of(ground, connection, token)
        return await _page(ground, connection, owner) if owner else None


async def _page(ground: Ground, connection: Connection, owner: Owner) -> OwnPage:
    events = [one for one in await chain_of(connection, owner) if is_own(owner, one)]
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


async def chain_of(connection: Connection, owner: Owner) -> list[ConsentEvent]:
    """What was said by whoever had the number, in order."""
    return (await consents.events_of(connection, [owner.head.id])).get(owner.head.id, [])


def is_own(owner: Owner, event: ConsentEvent) -> bool:
    """Whether it was this person who said so."""
    return owner.since is None or event.at >= owner.since


def titles(brand: Brand, purposes: Sequence[str]) -> tuple[str, ...]:
    """What purposes are called; nothing for all of them."""
    return () if tuple(purposes) == EVERYTHING else tuple(brand.purposes.get(one, one) for one in purposes)


async def refused_purposes(ground: Ground, connection: Connection, owner: Owner) -> set[str]:
    """The purposes that the person said no to one by one."""
    entries = {
        purpose: refusals.of_purpose(ground.keyring, owner.brand.id, purpose, owner.e164)
        for purpose in owner.brand.purposes
    }
    standing = await refusals.standing(connection, list(entries.values()))
    return {purpose for purpose, entry in entries.items() if entry.hash in standing}


async def _purposes(ground: Ground, connection: Connection, owner: Owner) -> tuple[OwnPurpose, ...]:
    standings = fold(await chain_of(connection, owner))
    refused = await refused_purposes(ground, connection, owner)
    by_law = {row.purpose: row.holds_until for row in await consents.standings_of(connection, owner.head.id)}
    now = await clock.now(connection)
    named = {purpose for purpose, _ in standings} - set(EVERYTHING)
    found = []
    for purpose in dict.fromkeys([*owner.brand.purposes, *sorted(named)]):
        standing = standing_of(standings, purpose, "sms")
        until = _earliest(standing.open.exp if standing.open else None, by_law.get(purpose))
        said, event = _said(standing, until, now, refused=purpose in refused)
        if event is not None and not is_own(owner, event):
            said, event = Said.NEVER, None
        title = owner.brand.purposes.get(purpose, purpose)
        found.append(await _purpose(connection, OwnPurpose(purpose, title, said, until=until), event))
    order = list(Said)
    return tuple(sorted(found, key=lambda one: order.index(one.said)))


def _earliest(*ends: datetime | None) -> datetime | None:
    """When what was said ends, by its own words or by law."""
    return min((one for one in ends if one is not None), default=None)


def _said(
    standing: Standing, until: datetime | None, now: datetime, *, refused: bool
) -> tuple[Said, ConsentEvent | None]:
    """How somebody stands to a purpose, and the event that says so."""
    if standing.open is not None:
        return (Said.ENDED if until is not None and until <= now else Said.AGREED), standing.open
    if is_awaited(standing.pending, now):
        return Said.ASKED, standing.pending
    if standing.withdrawal is not None or refused:
        return Said.WITHDRAWN, standing.withdrawal
    return Said.NEVER, None


async def _purpose(connection: Connection, bare: OwnPurpose, event: ConsentEvent | None) -> OwnPurpose:
    """With when it was said, and to which words."""
    if event is None or event.notice is None:
        return replace(bare, since=event.at if event else None)
    method = "double" if event.type is ConsentType.CONFIRM else event.method
    return replace(bare, since=event.given, method=method, wording=await _wording(connection, event.notice))


async def _wording(connection: Connection, notice: bytes) -> Wording | None:
    stored = await brands.notice(connection, notice)
    return Wording(wording_of(stored.body), stored.language, stored.hash.hex()) if stored else None

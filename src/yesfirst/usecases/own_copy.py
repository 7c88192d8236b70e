"""A person's copy of what is known of them, for them to keep or to take elsewhere (PIPL 45, GDPR 15 and 20).

Known gap: the words of texts are left out; their times and purposes are there, and their proof is another document.
"""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from yesfirst.intake.notice import wording_of
from yesfirst.rules.consent import ConsentEvent, ConsentType
from yesfirst.store import brands, clock, own_pages, registries
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import unseal
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.own_link import Owner, owner_of
from yesfirst.usecases.own_page import chain_of, is_own
from yesfirst.usecases.trim import PROFILE
from yesfirst.usecases.withdraw import receipt_code

_ALWAYS = datetime.min.replace(tzinfo=UTC)


class CopiedConsent(Struct, frozen=True, kw_only=True):
    """`type` is grant, confirm or renew; `notice` the SHA-256 of the wording, which stands under `notices`."""

    type: str
    purposes: tuple[str, ...]
    given: datetime | None
    recorded: datetime
    expires: datetime | None
    method: str | None
    kind: str | None
    notice: str | None


class CopiedWithdrawal(Struct, frozen=True):
    purposes: tuple[str, ...]
    at: datetime
    receipt: str


class CopiedText(Struct, frozen=True):
    """What it was for: a purpose, or the kind of question it asked."""

    at: datetime
    what: str
    state: str


class Copy(Struct, frozen=True, kw_only=True):
    """Everything that a brand knows of a person, as it stood at `made`."""

    made: datetime
    brand: str
    controller: str
    contact: str
    number: str
    language: str | None
    residence: str | None
    billing: str | None
    time_zones: tuple[str, ...]
    recipient: str
    born: date | None
    profile: dict[str, Any]
    lists: list[str]
    registries: dict[str, str]
    said_no_since: datetime | None
    consents: list[CopiedConsent]
    withdrawals: list[CopiedWithdrawal]
    texts: list[CopiedText]
    notices: dict[str, str]

    def as_file(self) -> bytes:
        """As JSON that people can read too."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)

    def __repr__(self) -> str:
        return f"Copy(brand={self.brand})"


async def copy_of(ground: Ground, token: str) -> Copy | None:
    """None if the token leads nowhere."""
    async with ground.engine.begin() as connection:
        owner = await owner_of(ground, connection, token)
        return await _copy(connection, owner) if owner else None


async def _copy(connection: Connection, owner: Owner) -> Copy:
    head, brand = owner.head, owner.brand
    events = [one for one in await chain_of(connection, owner) if is_own(owner, one)]
    answers = await registries.checks_of(connection, head.id)
    return Copy(
        made=await clock.now(connection),
        brand=brand.name,
        controller=brand.controller,
        contact=brand.contact,
        number=owner.e164,
        language=head.language,
        residence=head.where.residence,
        billing=head.where.billing,
        time_zones=head.where.zones,
        recipient=head.recipient.value,
        born=head.born,
        profile=_profile(owner),
        lists=await own_pages.lists_of(connection, head.id),
        registries={id: "listed" if one.listed else "clear" for id, one in answers.items()},
        said_no_since=head.suppressed_at,
        consents=[_consent(event) for event in events if event.type is not ConsentType.WITHDRAW],
        withdrawals=[
            CopiedWithdrawal(event.purposes, event.at, receipt_code(event.leaf_hash))
            for event in events
            if event.type is ConsentType.WITHDRAW
        ],
        texts=[
            CopiedText(one.at, one.what, one.state)
            for one in await own_pages.texts_of(connection, head.id, owner.since or _ALWAYS)
        ],
        notices=await _notices(connection, events),
    )


def _profile(owner: Owner) -> dict[str, Any]:
    """What the brand knows besides, in the open and sealed."""
    head = owner.head
    if head.profile_sealed is None:
        return dict(head.attributes.values)
    private = msgspec.json.decode(unseal(head.key, PROFILE, head.profile_sealed), type=dict[str, Any])
    return {**head.attributes.values, **private}


def _consent(event: ConsentEvent) -> CopiedConsent:
    return CopiedConsent(
        type=event.type.value,
        purposes=event.purposes,
        given=event.given,
        recorded=event.at,
        expires=event.exp,
        method=event.method,
        kind=event.kind,
        notice=event.notice.hex() if event.notice else None,
    )


async def _notices(connection: Connection, events: list[ConsentEvent]) -> dict[str, str]:
    """The wordings of these events by their SHA-256."""
    found = {}
    for hash in sorted({event.notice for event in events if event.notice}):
        stored = await brands.notice(connection, hash)
        if stored is not None:
            found[hash.hex()] = wording_of(stored.body)
    return found

"""What people text back: STOP and its kin take effect when this commits; START and HELP are answered.

A number that nobody knows may refuse too. A sender that several brands share withdraws for all of them. A
carrier that delivers the same text again changes nothing, however much later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from yesfirst.intake import notice as notices
from yesfirst.intake.brand import Brand
from yesfirst.rules.confirmation import MayConfirm, confirmation_allowed
from yesfirst.rules.replies import Reply as Meaning
from yesfirst.rules.replies import classify
from yesfirst.store import brands, clock, inbounds, subjects
from yesfirst.store.engine import Connection
from yesfirst.usecases import consents
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.withdraw import withdraw


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text as the carrier delivers it; `addresses` are the sender's ids and numbers that it was sent to.

    `opt_out_type` is set (STOP, START or HELP) when the carrier has understood, and answered, by itself.
    """

    carrier_id: str
    sender: str = field(repr=False)
    addresses: tuple[str, ...]
    body: str = field(repr=False)
    opt_out_type: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What to text back."""

    text: str


async def receive(ground: Ground, inbound: InboundText) -> Reply | None:
    """Handles a text once; the answer to give, if any, after the commit. Idempotent by the carrier's id."""
    async with ground.engine.begin() as connection:
        now = await clock.now(connection)
        if not await inbounds.first_time(connection, inbound.carrier_id, now):
            return None
        found = await _brands(connection, inbound)
        if not found:
            return None
        meaning = _meaning(ground, inbound)
        if meaning is Meaning.STOP:
            private = {"text": inbound.body, "carrier_id": inbound.carrier_id}
            ids = [brand.id for brand in found]
            await withdraw(ground, connection, ids, inbound.sender, via="reply", private=private)
        elif meaning is Meaning.START:
            await _start(ground, connection, found, inbound)
    # A crash right here costs the person an answer, never the withdrawal.
    return _answer(ground, meaning, found[0], inbound, now)


async def _brands(connection: Connection, inbound: InboundText) -> list[Brand]:
    found = []
    for id in await brands.brands_of(connection, list(inbound.addresses)):
        stored = await brands.brand(connection, id)
        if stored is not None:
            found.append(read_brand(stored))
    return found


def _meaning(ground: Ground, inbound: InboundText) -> Meaning:
    if inbound.opt_out_type:
        return Meaning(inbound.opt_out_type.lower())
    return classify(inbound.body, ground.law.books_of(ground.law.place_of(inbound.sender).rulebooks))


async def _start(
    ground: Ground, connection: Connection, found: Sequence[Brand], inbound: InboundText
) -> None:
    """Lifts the suppression, and grants nothing unless the brand has a notice for START."""
    people = await subjects_of(ground, connection, [(brand.id, inbound.sender) for brand in found])
    at = await clock.now(connection)
    for brand in found:
        subject = people[brand.id, inbound.sender]
        refusal = ground.keyring.refusal_of(brand.id, inbound.sender)
        await subjects.lift_suppression(connection, brand.id, subject.id, refusal, at)
        if brand.start_notice is not None:
            agreement = await _start_agreement(connection, brand, inbound, at)
            await consents.grant(ground, connection, brand.id, [(subject, agreement)])


async def _start_agreement(
    connection: Connection, brand: Brand, inbound: InboundText, at: datetime
) -> Agreement:
    stored = await brands.start_notice(connection, brand.id)
    if stored is None:
        raise LookupError(f"the START notice of {brand.id} is not stored; apply the brand again")
    notice = notices.read(stored.body, "the START notice", brand)
    return Agreement(
        purposes=notice.purposes,
        given=at,
        expires=None,
        method="keyword",
        kind=notice.kind,
        language=notice.language,
        notice=notice.sha256,
        phone=inbound.sender,
        night=notice.night,
        privacy=notice.privacy,
        frequency=notice.frequency,
        private={"text": inbound.body, "carrier_id": inbound.carrier_id},
    )


def _answer(
    ground: Ground, meaning: Meaning, brand: Brand, inbound: InboundText, stop_at: datetime
) -> Reply | None:
    """One answer at most, in the brand's words, and none where the carrier has answered already."""
    if inbound.opt_out_type:
        return None
    books = ground.law.books_of(ground.law.place_of(inbound.sender).rulebooks)
    language = brand.languages[0]
    if meaning is Meaning.STOP and isinstance(confirmation_allowed(books, stop_at, stop_at), MayConfirm):
        return Reply(brand.replies.stop[language])
    return Reply(brand.replies.help[language]) if meaning is Meaning.HELP else None

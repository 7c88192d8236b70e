"""What people text back: STOP and its kin take effect when this commits; START and HELP are answered.

A number that nobody knows may refuse too. A sender that several brands share withdraws for all of them. A
carrier that delivers the same text again changes nothing, however much later.

A refusal counts from whichever app it came: `whatsapp:+86…` is the person with that number. START there says
nothing about text messages and changes nothing. A sender that is no number (a short code, a name) is nobody.

Known gap: the answer is in the first language of the brand, whatever the person speaks.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from yesfirst import tracing
from yesfirst.intake import notice as notices
from yesfirst.intake.brand import Brand
from yesfirst.ledger.text import id_text
from yesfirst.rules.confirmation import MayConfirm, confirmation_allowed
from yesfirst.rules.replies import Reply as Meaning
from yesfirst.rules.replies import classify
from yesfirst.store import brands, clock, inbounds, subjects
from yesfirst.store.engine import Connection
from yesfirst.usecases import consents
from yesfirst.usecases.agreements import agreement_to
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.people import position_of, subjects_of
from yesfirst.usecases.trail import tell
from yesfirst.usecases.withdraw import Withdrawal, withdraw

_log = logging.getLogger("yesfirst.inbound")
_APP = re.compile(r"[a-z]+:")
# ITU-T E.164: a country code and at most 15 digits in all. Not only assigned ranges: whoever texts exists.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


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


@dataclass(frozen=True, slots=True)
class Handled:
    """What a text meant and what to answer; no meaning: it was from nobody, to nobody or seen before."""

    meaning: Meaning | None = None
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class _Heard:
    """A text understood: who sent it, to which brands, what it means; `by_sms` or through another app."""

    number: str = field(repr=False)
    by_sms: bool
    brands: tuple[Brand, ...]
    meaning: Meaning
    private: dict[str, str] = field(repr=False)


async def receive(ground: Ground, inbound: InboundText) -> Handled:
    """Handles a text once, and returns after the commit. Idempotent by the carrier's id."""
    withdrawn: list[Withdrawal] = []
    async with tracing.span("inbound") as step, ground.engine.begin() as connection:
        if not await inbounds.first_time(connection, inbound.carrier_id, await clock.now(connection)):
            return Handled()
        heard = await _understand(ground, connection, inbound)
        if heard is None:
            return Handled()
        step.note(outcome=heard.meaning)
        if heard.meaning is Meaning.STOP:
            ids = [brand.id for brand in heard.brands]
            withdrawn = await withdraw(
                ground, connection, ids, heard.number, via="reply", private=heard.private
            )
        elif heard.meaning is Meaning.START and heard.by_sms:
            await _start(ground, connection, heard)
    # A crash right here costs the person an answer, never the withdrawal.
    _note_in_log(withdrawn)
    if inbound.opt_out_type:
        return Handled(heard.meaning)  # the carrier has answered already
    return Handled(heard.meaning, await _answer(ground, heard, withdrawn))


def _note_in_log(withdrawn: Sequence[Withdrawal]) -> None:
    for one in withdrawn:
        # The messages are those that were in flight.
        tell(_log, "STOP accepted", one.in_flight, withdrawal=id_text(one.leaf.rid))


async def _understand(ground: Ground, connection: Connection, inbound: InboundText) -> _Heard | None:
    """None for a text from nobody, or to nobody."""
    number = _APP.sub("", inbound.sender, count=1)
    brands_texted = await _brands(connection, [_APP.sub("", each, count=1) for each in inbound.addresses])
    if not brands_texted or not _NUMBER.fullmatch(number):
        return None
    private = {"text": inbound.body, "carrier_id": inbound.carrier_id}
    meaning = _meaning(ground, number, inbound)
    return _Heard(number, number == inbound.sender, tuple(brands_texted), meaning, private)


async def _brands(connection: Connection, addresses: Sequence[str]) -> list[Brand]:
    stored = [
        await brands.brand(connection, id) for id in await brands.brands_of(connection, list(addresses))
    ]
    return [read_brand(brand) for brand in stored if brand is not None]


def _meaning(ground: Ground, number: str, inbound: InboundText) -> Meaning:
    if inbound.opt_out_type:
        return Meaning(inbound.opt_out_type.lower())
    return classify(inbound.body, ground.law.books_of(ground.law.rule(position_of(number)))).meaning


async def _start(ground: Ground, connection: Connection, heard: _Heard) -> None:
    """Lifts the suppression, and grants nothing unless the brand has a notice for START."""
    people = await subjects_of(ground, connection, [(brand.id, heard.number) for brand in heard.brands])
    at = await clock.now(connection)
    for brand in heard.brands:
        subject = people[brand.id, heard.number]
        refusal = ground.keyring.refusal_of(brand.id, heard.number)
        await subjects.lift_suppression(connection, brand.id, subject.id, refusal, at)
        if brand.start_notice is not None:
            agreement = await _start_agreement(connection, brand, heard, at)
            await consents.grant(ground, connection, brand.id, [(subject, agreement)])


async def _start_agreement(connection: Connection, brand: Brand, heard: _Heard, at: datetime) -> Agreement:
    stored = await brands.start_notice(connection, brand.id)
    if stored is None:
        raise LookupError(f"the START notice of {brand.id} is not stored; apply the brand again")
    notice = notices.read(stored.body, "the START notice", brand)
    return agreement_to(
        notice,
        purposes=notice.purposes,
        given=at,
        expires=None,
        method="keyword",
        phone=heard.number,
        private=heard.private,
    )


async def _answer(ground: Ground, heard: _Heard, withdrawn: Sequence[Withdrawal]) -> Reply | None:
    """One answer at most, in the first brand's words."""
    replies, language = heard.brands[0].replies, heard.brands[0].languages[0]
    if heard.meaning is Meaning.HELP:
        return Reply(replies.help[language])
    if heard.meaning is Meaning.STOP and await _may_confirm(ground, heard.number, withdrawn):
        return Reply(replies.stop[language])
    return None


async def _may_confirm(ground: Ground, number: str, withdrawn: Sequence[Withdrawal]) -> bool:
    """A refusal is confirmed once: not to somebody who was suppressed already for every brand it went to."""
    async with ground.engine.connect() as connection:
        now = await clock.now(connection)
    law = ground.law.in_force(now)
    books = law.books_of(law.rule(position_of(number)))
    again = all(one.subject.suppressed_at is not None for one in withdrawn)
    answer = confirmation_allowed(books, withdrawn[0].at, now, already_sent=again)
    return isinstance(answer, MayConfirm)

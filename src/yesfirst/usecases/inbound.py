"""What people text back, in whatever words; what it means takes effect when this commits.

STOP withdraws from every brand that shares the sender, from a number that nobody knows too. A wrong number withdraws
from every brand of the controller. START comes back, a Y answers our question, a form's keyword signs up, HELP is
answered. What may be a refusal holds everything to its person until somebody has read it. A carrier that delivers the
same text again changes nothing, however much later.

A text that is read from the carrier's list later can close and hold, and nothing else: meanwhile its person may have
said something newer. Whoever had agreed, or came back, says so again. Known gap: a STOP that comes late withdraws even
where a START came after it.

A refusal counts from whichever app it came: `whatsapp:+86…` is the person with that number. Whatever else comes from
another app says nothing about text messages and changes nothing. A sender that is no number (a short code, a name) is
nobody.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from yesfirst import tracing
from yesfirst.intake import notice as notices
from yesfirst.intake.asking import fill
from yesfirst.intake.brand import Brand
from yesfirst.ledger.text import id_text
from yesfirst.rules.confirmation import MayConfirm, confirmation_allowed
from yesfirst.rules.replies import Reading, classify
from yesfirst.rules.replies import Reply as Meaning
from yesfirst.store import brands, clock, hearing, inbounds, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.reviews import Kind
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.agreements import agreement_to
from yesfirst.usecases.answers import Yes, confirm
from yesfirst.usecases.come_back import start_again
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.forms import form_of_keyword
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.held import settle_replies
from yesfirst.usecases.own_link import link_for
from yesfirst.usecases.people import known_subjects, position_of, subjects_of
from yesfirst.usecases.review import open_review
from yesfirst.usecases.sign_up import join
from yesfirst.usecases.trail import tell
from yesfirst.usecases.withdraw import Withdrawal, withdraw, withdraw_everywhere

_log = logging.getLogger("yesfirst.inbound")
_APP = re.compile(r"[a-z]+:")
# ITU-T E.164: a country code and at most 15 digits in all. Not only assigned ranges: whoever texts exists.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text as the carrier delivers it; `addresses` are the sender's ids and numbers that it was sent to.

    `opt_out_type` is set (STOP, START or HELP) when the carrier has understood, and answered, by itself. One that is
    read from the carrier's list later is `late`: nobody waits for an answer.
    """

    carrier_id: str
    sender: str = field(repr=False)
    addresses: tuple[str, ...]
    body: str = field(repr=False)
    opt_out_type: str | None = None
    late: bool = False


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
    late: bool
    brands: tuple[Brand, ...]
    reading: Reading
    said: str = field(repr=False)
    private: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done: whose answer it is, in which language, and the withdrawals if it was a refusal."""

    answer: str | None = None
    language: str | None = None
    withdrawn: tuple[Withdrawal, ...] = ()


_NOTHING = _Done()
_CLOSE = frozenset({Meaning.STOP, Meaning.UNCLEAR})


async def receive(ground: Ground, inbound: InboundText) -> Handled:
    """Handles a text once, and returns after the commit. Idempotent by the carrier's id."""
    async with tracing.span("inbound") as step, ground.engine.begin() as connection:
        if not await inbounds.first_time(connection, inbound.carrier_id, await clock.now(connection)):
            return Handled()
        heard = await _understand(ground, connection, inbound)
        if heard is None:
            return Handled()
        step.note(outcome=heard.reading.meaning)
        done = await _act(ground, connection, heard)
        if inbound.late:
            await hearing.count_missed(connection, await clock.now(connection))
    # A crash right here costs the person an answer, never the withdrawal.
    for one in done.withdrawn:
        # The messages are those that were in flight.
        tell(_log, "STOP accepted", one.in_flight, withdrawal=id_text(one.leaf.rid))
    meaning = heard.reading.meaning
    if inbound.opt_out_type or inbound.late:
        return Handled(meaning)  # the carrier has answered already, or too late
    return Handled(meaning, await _answer(ground, heard, done))


async def _understand(ground: Ground, connection: Connection, inbound: InboundText) -> _Heard | None:
    """None for a text from nobody, or to nobody."""
    number = _APP.sub("", inbound.sender, count=1)
    brands_texted = await _brands(connection, [_APP.sub("", each, count=1) for each in inbound.addresses])
    if not brands_texted or not _NUMBER.fullmatch(number):
        return None
    return _Heard(
        number,
        number == inbound.sender,
        inbound.late,
        tuple(brands_texted),
        _reading(ground, number, inbound),
        inbound.body,
        {"text": inbound.body, "carrier_id": inbound.carrier_id},
    )


async def _brands(connection: Connection, addresses: Sequence[str]) -> list[Brand]:
    stored = [
        await brands.brand(connection, id) for id in await brands.brands_of(connection, list(addresses))
    ]
    return [read_brand(brand) for brand in stored if brand is not None]


def _reading(ground: Ground, number: str, inbound: InboundText) -> Reading:
    if inbound.opt_out_type:
        return Reading(Meaning(inbound.opt_out_type.lower()))
    return classify(inbound.body, ground.law.books_of(ground.law.rule(position_of(number))))


async def _act(ground: Ground, connection: Connection, heard: _Heard) -> _Done:
    if heard.late and heard.reading.meaning not in _CLOSE:
        return _NOTHING
    match heard.reading.meaning:
        case Meaning.STOP if heard.reading.wrong_number:
            return await _leave_everywhere(ground, connection, heard)
        case Meaning.STOP:
            return await _leave(ground, connection, heard)
        case Meaning.UNCLEAR:
            return await _hold(ground, connection, heard)
        case Meaning.HELP:
            return _Done("help")
        case Meaning.START if heard.by_sms:
            return await _start(ground, connection, heard)
        case Meaning.CONFIRM if heard.by_sms:
            return await _confirm(ground, connection, heard)
        case Meaning.OTHER if heard.by_sms:
            return await _join(ground, connection, heard)
    return _NOTHING


async def _leave(ground: Ground, connection: Connection, heard: _Heard) -> _Done:
    ids = [brand.id for brand in heard.brands]
    done = await withdraw(ground, connection, ids, heard.number, via="reply", private=heard.private)
    for one in done:
        await settle_replies(connection, one.subject, "stop", one.at)
    return _Done("stop", done[0].subject.language, tuple(done))


async def _leave_everywhere(ground: Ground, connection: Connection, heard: _Heard) -> _Done:
    """Whoever has this number now is not who agreed: no brand of the controller texts it, and somebody looks."""
    done = await withdraw_everywhere(
        ground, connection, heard.brands[0], heard.number, via="reply", private=heard.private
    )
    for one in done:
        await settle_replies(connection, one.subject, "stop", one.at)
    await open_review(connection, done[0].subject, Kind.WRONG_NUMBER, heard.said, done[0].at)
    return _Done("stop", done[0].subject.language, tuple(done))


async def _hold(ground: Ground, connection: Connection, heard: _Heard) -> _Done:
    """Holds what the brands have for the person; who isn't known, or said stop already, has nothing to hold."""
    for subject in (await _known(ground, connection, heard)).values():
        if subject.suppressed_at is None:
            at = await clock.now(connection)
            await open_review(connection, subject, Kind.REPLY, heard.said, at)
    return _NOTHING


async def _start(ground: Ground, connection: Connection, heard: _Heard) -> _Done:
    """Takes refusals back, and grants nothing unless the brand has a notice for START."""
    people = await subjects_of(ground, connection, [(brand.id, heard.number) for brand in heard.brands])
    at = await clock.now(connection)
    for brand in heard.brands:
        subject = people[brand.id, heard.number]
        await start_again(ground, connection, brand, subject, heard.number, at)
        await settle_replies(connection, subject, "keep", at)
        if brand.start_notice is not None:
            await _agree_to_start(ground, connection, brand, subject, heard)
    return _NOTHING


async def _agree_to_start(
    ground: Ground, connection: Connection, brand: Brand, subject: SubjectHead, heard: _Heard
) -> None:
    stored = await brands.start_notice(connection, brand.id)
    if stored is None:
        raise LookupError(f"the START notice of {brand.id} is not stored; apply the brand again")
    notice = notices.read(stored.body, "the START notice", brand)
    agreement = agreement_to(
        notice,
        purposes=notice.purposes,
        given=await clock.now(connection),
        expires=None,
        method="keyword",
        phone=heard.number,
        private=heard.private,
    )
    await consents.grant(ground, connection, brand.id, [(subject, agreement)])


async def _confirm(ground: Ground, connection: Connection, heard: _Heard) -> _Done:
    """A Y to whichever of the brands has asked; the answer is in the language of the first."""
    known = await _known(ground, connection, heard)
    yes = Yes(heard.number, heard.private)
    done = _NOTHING
    for brand in heard.brands:
        subject = known.get(brand.id)
        if subject is not None and await confirm(ground, connection, brand, subject, yes):
            done = _Done("joined", done.language or subject.language)
    return done


async def _join(ground: Ground, connection: Connection, heard: _Heard) -> _Done:
    form = await form_of_keyword(connection, [brand.id for brand in heard.brands], heard.said)
    if form is None:
        return _NOTHING
    [brand] = [one for one in heard.brands if one.id == form.brand]
    return _Done("joined", await join(ground, connection, brand, form, heard.number, heard.private))


async def _known(ground: Ground, connection: Connection, heard: _Heard) -> dict[str, SubjectHead]:
    return await known_subjects(ground, connection, [(brand.id, heard.number) for brand in heard.brands])


async def _answer(ground: Ground, heard: _Heard, done: _Done) -> Reply | None:
    """One answer at most, in the first brand's words and the person's language, where the brand has it."""
    if done.answer is None:
        return None
    if done.answer == "stop" and not await _may_confirm(ground, heard.number, done.withdrawn):
        return None
    brand = heard.brands[0]
    texts: dict[str, str] = getattr(brand.replies, done.answer)
    language = done.language if done.language in texts else brand.languages[0]
    if language not in texts:
        return None
    text = texts[language]
    async with ground.engine.connect() as connection:
        today = (await clock.now(connection)).astimezone(brand.time_zone).date()
    values = {"date": today.isoformat()}
    if done.answer == "stop":
        text = text if "{code}" in text else f"{text} [{{code}}]"
        values["code"] = done.withdrawn[0].receipt
    elif "{page}" in text:
        values["page"] = await _own_page(ground, brand, heard.number)
    return Reply(fill(text, values))


async def _own_page(ground: Ground, brand: Brand, number: str) -> str:
    """A link to the person's own page; nothing for whom the brand doesn't know."""
    async with ground.engine.begin() as connection:
        subject = await subjects.find(connection, brand.id, ground.keyring.lookup_of(brand.id, number))
        link = await link_for(ground, connection, subject) if subject else None
    return link.url if link else ""


async def _may_confirm(ground: Ground, number: str, withdrawn: Sequence[Withdrawal]) -> bool:
    """A refusal is confirmed once: not to somebody who was suppressed already for every brand it went to."""
    async with ground.engine.connect() as connection:
        now = await clock.now(connection)
    law = ground.law.in_force(now)
    books = law.books_of(law.rule(position_of(number)))
    again = all(one.subject.suppressed_at is not None for one in withdrawn)
    answer = confirmation_allowed(books, withdrawn[0].at, now, already_sent=again)
    return isinstance(answer, MayConfirm)

"""Sign up: somebody asks for a brand's texts, on a page or by its keyword.

Whoever types a number into a page need not have it, so that agreement waits until a Y comes from the number. The
page is answered alike whatever is known of a number, so nobody can find out who is. Another program may have a number
asked in the same way. A keyword comes from the number itself and counts at once, also after a refusal: it is the
person's own act.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yesfirst.intake import notice as notices
from yesfirst.intake.asking import fill
from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import Notice
from yesfirst.rules.asking import ANSWER_WITHIN, REMIND_AFTER, NotAsked, may_ask
from yesfirst.rules.consent import NoEffect, standing_of
from yesfirst.store import asks, brands, clock, consents, refusals, subjects
from yesfirst.store.asks import AskKind, NewAsk
from yesfirst.store.engine import Connection
from yesfirst.store.forms import Form
from yesfirst.store.keyring import new_id, seal
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents as chains
from yesfirst.usecases.agreements import agreement_to
from yesfirst.usecases.come_back import agreed_again
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.held import settle_replies
from yesfirst.usecases.people import subjects_of

_ASK_WITHIN = timedelta(hours=1)
"""A question that comes later than that is about something the person has forgotten."""
_REMIND_WITHIN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Capture:
    """What shows how somebody agreed on a page: the digest of the page, and where the request came from."""

    proof: str
    ip: str = field(repr=False)
    ua: str = field(repr=False)
    url: str = field(repr=False)

    @property
    def private(self) -> dict[str, str]:
        found = {"proof": self.proof, "ip": self.ip, "ua": self.ua, "url": self.url}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Question:
    """What a number is asked to confirm, from which sender; `expires` None: without an end.

    Somebody is said to have agreed to it at `given`.
    """

    notice: Notice
    purposes: tuple[str, ...]
    given: datetime
    expires: datetime | None
    sender: str
    private: Mapping[str, str] = field(repr=False)


async def sign_up(
    ground: Ground, brand: Brand, form: Form, language: str, e164: str, capture: Capture
) -> NotAsked | None:
    """Somebody has ticked the form's box: records that, and asks the number to confirm. Why not, where it isn't asked.

    Nobody outside may be told the answer: it says what is known of the number.
    """
    async with ground.engine.begin() as connection:
        notice = await shown_notice(connection, brand, form, language)
        now = await clock.now(connection)
        expires = _end(form, now)
        question = Question(notice, notice.purposes, now, expires, form.sender, capture.private)
        return await ask_to_confirm(ground, connection, brand, question, e164)


async def ask_to_confirm(
    ground: Ground, connection: Connection, brand: Brand, question: Question, e164: str
) -> NotAsked | None:
    """Records what somebody is said to have agreed to as pending, and asks the number. The caller commits."""
    subject = (await subjects_of(ground, connection, [(brand.id, e164)]))[brand.id, e164]
    against = await _against_asking(ground, connection, brand, question, subject, e164)
    if against is not None:
        return against
    agreement = _agreement(question, "double", e164)
    [effect] = await chains.grant(ground, connection, brand.id, [(subject, agreement)])
    if effect is NoEffect.WITHDRAWN_SINCE:
        return NotAsked.REFUSED
    if effect is NoEffect.UNCHANGED:
        return NotAsked.OFTEN  # this very statement was asked about before, and the answer has not come
    await subjects.speaks(connection, subject.id, question.notice.language)
    await _ask(connection, brand, question, subject)
    return None


async def join(
    ground: Ground,
    connection: Connection,
    brand: Brand,
    form: Form,
    e164: str,
    private: Mapping[str, str],
) -> str:
    """Records that somebody has texted the form's keyword; the language of its answer. The caller commits."""
    subject = (await subjects_of(ground, connection, [(brand.id, e164)]))[brand.id, e164]
    language = subject.language if subject.language in form.notices else next(iter(form.notices))
    notice = await shown_notice(connection, brand, form, language)
    now = await clock.now(connection)
    await agreed_again(ground, connection, brand, subject, e164, notice.purposes, now)
    await settle_replies(connection, subject, "keep", now)
    question = Question(notice, notice.purposes, now, _end(form, now), form.sender, private)
    agreement = _agreement(question, "keyword", e164)
    await chains.grant(ground, connection, brand.id, [(subject, agreement)])
    return language


async def shown_notice(connection: Connection, brand: Brand, form: Form, language: str) -> Notice:
    """The notice of a form in a language, or in its first one."""
    wanted = form.notices.get(language) or next(iter(form.notices.values()))
    stored = await brands.notice(connection, bytes.fromhex(wanted))
    if stored is None:
        raise LookupError(f"a notice of form {form.id} is not stored; apply the brand again")
    return notices.read(stored.body, f"the notice of form {form.id}", brand)


def _end(form: Form, now: datetime) -> datetime | None:
    return None if form.days is None else now + timedelta(days=form.days)


def _agreement(question: Question, method: str, e164: str) -> Agreement:
    return agreement_to(
        question.notice,
        purposes=question.purposes,
        given=question.given,
        expires=question.expires,
        method=method,
        phone=e164,
        private=question.private,
    )


async def _against_asking(
    ground: Ground,
    connection: Connection,
    brand: Brand,
    question: Question,
    subject: SubjectHead,
    e164: str,
) -> NotAsked | None:
    standings = await chains.standings_of(connection, subject)
    entries = [refusals.of_purpose(ground.keyring, brand.id, one, e164) for one in question.purposes]
    refused = subject.suppressed_at is not None or bool(await refusals.standing(connection, entries))
    # What somebody else agreed to with this number before is nothing to ask its person about.
    refused |= subject.number_since is not None and question.given <= subject.number_since
    return may_ask(
        [standing_of(standings, purpose, "sms") for purpose in question.purposes],
        refused=refused,
        held=subject.held_at is not None,
        asked=await asks.asked(connection, subject.id),
        notice=question.notice.sha256,
        now=await clock.now(connection),
    )


async def _ask(connection: Connection, brand: Brand, question: Question, subject: SubjectHead) -> None:
    """Leaves the question, and the one reminder of it that there may be."""
    [grant] = (await consents.events_of(connection, [subject.id]))[subject.id][-1:]
    now = await clock.now(connection)
    later, language = now + REMIND_AFTER, question.notice.language
    new = [
        NewAsk(
            id=new_id(),
            subject=subject.id,
            kind=kind,
            of=grant.leaf_hash,
            sender=question.sender,
            language=language,
            body_sealed=seal(subject.key, "body", fill(texts[language], {})),
            not_before=not_before,
            by=by,
        )
        for kind, texts, not_before, by in (
            (AskKind.CONFIRM, brand.replies.ask, now, now + _ASK_WITHIN),
            (AskKind.REMIND, brand.replies.remind, later, min(later + _REMIND_WITHIN, now + ANSWER_WITHIN)),
        )
        if language in texts
    ]
    await asks.put(connection, new)

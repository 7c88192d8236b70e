"""What the facts of a case come to, in the terms of the rules.

What a case doesn't say is as it should be: all fields of the record are there, all that must be registered is, and
what lies after `now` has not happened yet. A pack that the number does not lead to is where the person resides. A
number of a range that is kept for fiction stands for one of its country that could be given to somebody.

Known gap: only one residence can be told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import available_timezones

from yesfirst.intake.case_given import Consented, Given, Refused, Words, all_known, known, words
from yesfirst.intake.case_grant import Grant, grants_of
from yesfirst.intake.case_number import number_for, number_of_no_place
from yesfirst.intake.case_spelling import InvalidCase
from yesfirst.intake.case_text import offer_of, wording_of
from yesfirst.rulebooks import load_all
from yesfirst.rules.content import Offer
from yesfirst.rules.decision import LAST_ZONE, Check, MessageClass
from yesfirst.rules.jurisdiction import Jurisdiction, origin_of, resolve
from yesfirst.rules.position import Recipient
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.wording import Wording

_MARKETING = frozenset({"marketing", "mixed"})
_RECIPIENTS = {
    **{each.value: each for each in Recipient},
    **dict.fromkeys(("person", "consumer", "sole_trader", "partnership"), Recipient.INDIVIDUAL),
    **dict.fromkeys(("company", "limited_company", "corporation", "plc", "llp"), Recipient.CORPORATE),
}
_SENDERS = {
    **dict.fromkeys(("business", "company", "commercial", "merchant", "retailer", "shop"), False),
    **dict.fromkeys(("charity", "registered_charity"), True),
}
_OF_CHARITIES = "charity_support"
_CHECKED = ("dnc_checked_at", "preference_checked_at")


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """All that is known in a case. `number` is None where a text can reach none; `books` are the law, by id.

    `grants` go by time. `other_purpose`: they are for another purpose than the text. `unasked`: nothing was agreed.
    """

    number: str | None
    now: datetime
    books: Mapping[str, Rulebook]
    message_class: MessageClass
    wording: Wording
    offer: Offer
    grants: tuple[Grant, ...]
    other_purpose: bool
    unasked: bool
    withdrawn_at: datetime | None
    suppressed_at: datetime | None
    via: str
    confirmed: bool
    recipient: Recipient
    born: date | None
    residence: str | None
    billing: str | None
    zones: tuple[str, ...]
    charity: bool
    checks: Mapping[str, Check]
    texted: tuple[datetime, ...]


def facts_of(given: Given) -> CaseFacts:
    """The facts of a case; InvalidCase names a key whose value is unknown to the rules."""
    packs = words(given.packs)
    books = _law(packs)
    written = given.number if isinstance(given.number, str) else f"+{given.number}"
    number = number_of_no_place(written) if given.tz == () else number_for(written)
    consent, now = given.consent, given.now
    suppressed = given.suppressed if given.suppressed and _stands(given.suppressed, now) else None
    kind = MessageClass.MARKETING if given.message.kind in _MARKETING else MessageClass(given.message.kind)
    return CaseFacts(
        number=number,
        now=now,
        books=books,
        message_class=kind,
        wording=wording_of(given.message),
        offer=offer_of(given, books),
        grants=grants_of(consent, given, books) if consent else (),
        other_purpose=consent is not None
        and None not in (consent.purpose, given.message.purpose)
        and consent.purpose != given.message.purpose,
        unasked=consent is None,
        withdrawn_at=_past(consent.withdrawn_at if consent else None, now),
        suppressed_at=suppressed.at if suppressed else None,
        via=str(suppressed.via) if suppressed else "",
        confirmed=_confirmed(given, suppressed.at if suppressed else None),
        recipient=known("recipient.type", given.recipient.type, _RECIPIENTS),
        born=_born(given),
        residence=given.residence or _residence(number, packs, books),
        billing=given.billing_address,
        zones=_zones(given.tz or ()),
        charity=known("sender.type", given.sender.type, _SENDERS) if given.sender else _supports(consent),
        checks={**_asked_for_the_consent(consent, books, now), **_checks(given)},
        texted=tuple(at for at, kind in _history(given) if kind in _MARKETING),
    )


def _checks(given: Given) -> dict[str, Check]:
    """What registries said until now."""
    return {
        name: Check(asked.listed, asked.checked_at)
        for name, asked in given.registry.items()
        if asked.checked_at is not None and asked.checked_at <= given.now
    }


def _asked_for_the_consent(
    consent: Consented | None, books: Mapping[str, Rulebook], now: datetime
) -> dict[str, Check]:
    """A consent that rests on no listing may tell when that was asked; a registry's own answer goes before it."""
    told = [consent.record.get(name) for name in _CHECKED] if consent else []
    at = _past(next((_instant(one) for one in told if isinstance(one, str)), None), now)
    ids = [one.id for book in books.values() for one in book.registries if one.applies]
    return {id: Check(listed=False, checked_at=at) for id in ids} if at is not None else {}


def _instant(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _stands(refused: Refused, now: datetime) -> bool:
    return refused.at <= now and (refused.lifted_at is None or now < refused.lifted_at)


def _past(instant: datetime | None, now: datetime) -> datetime | None:
    return instant if instant is not None and instant <= now else None


def _law(packs: Sequence[str]) -> Mapping[str, Rulebook]:
    """The rulebooks of the packs and of their parents; a pack without a rulebook adds none."""
    shipped = load_all()
    found: dict[str, Rulebook] = {}
    for id in packs:
        if id in shipped:
            found |= {**_law(shipped[id].scope.parents), id: shipped[id]}
    return MappingProxyType(found)


def _residence(number: str | None, packs: Sequence[str], books: Mapping[str, Rulebook]) -> str | None:
    """The pack that the number does not lead to; of an overlay and its parent the overlay."""
    place = resolve(origin_of(number) if number else None, None, None, books, ("Etc/UTC",))
    reached = place.rulebooks if isinstance(place, Jurisdiction) else ()
    others = [id for id in packs if id not in reached]
    parents = {parent for id in others if id in books for parent in books[id].scope.parents}
    left = [id for id in dict.fromkeys(others) if id not in parents]
    if len(left) > 1:
        raise InvalidCase(f"given.packs: the number leads to none of {', '.join(left)} - state `residence`")
    return left[0] if left else None


def _supports(consent: Consented | None) -> bool:
    """Only a charity has supporters."""
    return consent is not None and consent.relationship_event == _OF_CHARITIES


def _zones(written: Words) -> tuple[str, ...]:
    return tuple(sorted(set(all_known("tz", words(written), frozenset(available_timezones())))))


def _born(given: Given) -> date | None:
    """Of somebody whose age is told, a day in the month before they reached it."""
    if given.recipient.age is None:
        return given.recipient.born
    today = given.now.astimezone(LAST_ZONE).date() - timedelta(days=15)
    return date(today.year - given.recipient.age, today.month, min(today.day, 28))


def _confirmed(given: Given, refused_at: datetime | None) -> bool:
    """Whether the refusal was confirmed; a text after it can only have been that."""
    if refused_at is None or given.suppressed is None:
        return False
    said = (given.suppressed.confirmed, given.confirmed)
    each = [one for some in said for one in (some if isinstance(some, tuple) else (some,))]
    stated = any(one <= given.now if isinstance(one, datetime) else bool(one) for one in each)
    return stated or any(refused_at <= at for at, _ in _history(given))


def _history(given: Given) -> Iterator[tuple[datetime, str]]:
    """When earlier texts came, and of which class they were."""
    for one in given.history:
        at, kind = (one, "marketing") if isinstance(one, datetime) else (one.at, one.kind)
        if at <= given.now:
            yield at, kind

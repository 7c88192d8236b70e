"""Positions of people for tests: where they are, and what their consent rests on."""

from yesfirst.rulebooks import load_all
from yesfirst.rules.consent import ON_EVERY_RECORD, Record
from yesfirst.rules.jurisdiction import origin_of
from yesfirst.rules.position import Basis, Position, Recipient, Stand, Whereabouts

SHANGHAI, DENVER, LONDON = "+8613900000001", "+13035550123", "+447400000001"
SEOUL, TORONTO, MIAMI = "+821000000001", "+14165550123", "+13055550123"


def every_field() -> tuple[str, ...]:
    """Whatever any rulebook needs on record, but for a guardian's consent."""
    accepted = [rule for book in load_all().values() if book.consent for rule in book.consent.accepted or ()]
    return tuple(sorted({*ON_EVERY_RECORD, *(name for rule in accepted for name in rule.needs)}))


def basis(
    kind: str,
    *,
    missing: tuple[str, ...] = (),
    besides: tuple[str, ...] = (),
    practices: tuple[str, ...] = (),
    event: str | None = None,
    promised: tuple[str, ...] = (),
    night: bool = False,
) -> Basis:
    fields = tuple(sorted({*every_field(), *besides}.difference(missing)))
    record = Record(fields=fields, practices=practices, event=event, promised=promised)
    return Basis(kind=kind, record=record, night=night)


def somebody(
    number: str,
    rests_on: Basis | None,
    *,
    stand: Stand | None = None,
    recipient: Recipient = Recipient.INDIVIDUAL,
    residence: str | None = None,
    zones: tuple[str, ...] = (),
) -> Position:
    where = Whereabouts(origin=origin_of(number), residence=residence, zones=zones)
    if stand is None:
        stand = Stand.NONE if rests_on is None else Stand.OPEN
    return Position(where=where, recipient=recipient, stand=stand, basis=rests_on)

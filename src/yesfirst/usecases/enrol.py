"""Enrol people: the consents that they are said to have given, and what is said of them besides.

Nothing revives a withdrawn consent; who refused comes back by an act of their own, such as a signed form that is
proved. What was given before a number came to its person is another's. A record adds to what is known and erases
nothing: of two that name one thing the one with the later consent counts, and of two with the same consent the one
that came last. Who belongs elsewhere now is judged anew, by the law of that place. A date of birth is kept only of who
is too young for some law.

Known gap: what is known has one date, that of the latest consent, so a thing that came from an older record
still counts against every record but a later one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

import msgspec

from yesfirst.intake import vocabulary
from yesfirst.intake.brand import Brand
from yesfirst.intake.cells import CellValue
from yesfirst.intake.circumstances import Circumstances
from yesfirst.intake.people import Person
from yesfirst.intake.result import Outcome, RowReason
from yesfirst.rules.consent import NoEffect, TakesEffect
from yesfirst.rules.decision import LAST_ZONE
from yesfirst.rules.position import Recipient, Whereabouts
from yesfirst.store import clock, refusals, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import seal, unseal
from yesfirst.store.subjects import Attributes, SubjectHead, SubjectRecord
from yesfirst.usecases import consents
from yesfirst.usecases.come_back import OWN_ACTS, agreed_again, entries_of
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.reassess import place_anew
from yesfirst.usecases.trim import PROFILE

_EXTERNAL_ID = "external_id"

Ending: TypeAlias = tuple[Outcome, RowReason | None]


@dataclass(frozen=True, slots=True)
class _Record:
    """What is said of a person: `private` is kept sealed, `plain` can be selected by."""

    private: dict[str, CellValue]
    plain: dict[str, CellValue]
    language: str | None
    circumstances: Circumstances

    def over(self, lesser: "_Record") -> "_Record":
        """This, and from the lesser record what this one does not say."""
        return _Record(
            lesser.private | self.private,
            lesser.plain | self.plain,
            self.language or lesser.language,
            self.circumstances.over(lesser.circumstances),
        )


async def enrol(
    ground: Ground, connection: Connection, brand: Brand, wanted: Sequence[tuple[Person, Agreement]]
) -> list[Ending]:
    """Records people of a brand, each number once; how each of them ended, in the order given."""
    found = await subjects_of(ground, connection, [(brand.id, person.e164) for person, _ in wanted])
    now = await clock.now(connection)
    heads = [found[brand.id, person.e164] for person, _ in wanted]
    records = [_new_record(brand, head, person, now) for head, (person, _) in zip(heads, wanted, strict=True)]
    # Consents are judged where their people belong by what came with them.
    located = [_located(head, record) for head, record in zip(heads, records, strict=True)]
    refused = await _refused(ground, connection, brand, located, wanted)
    willing = [
        (head, agreement)
        for head, (_, agreement) in zip(located, wanted, strict=True)
        if head.id not in refused
    ]
    effects = await consents.grant(ground, connection, brand.id, willing)
    effect_of = {head.id: effect for (head, _), effect in zip(willing, effects, strict=True)}
    kept: list[SubjectRecord] = []
    moved: list[SubjectHead] = []
    endings: list[Ending] = []
    for before, head, record in zip(heads, located, records, strict=True):
        effect = effect_of.get(head.id)
        if effect is None or effect is NoEffect.WITHDRAWN_SINCE:
            endings.append((Outcome.REJECTED, refused.get(head.id, RowReason.WITHDRAWN_SINCE)))
            continue
        if record is not None:
            kept.append(record)
        if (head.where, head.recipient) != (before.where, before.recipient):
            moved.append(head)
        endings.append((_outcome(head, effect, record), None))
    await subjects.update_records(connection, kept)
    await place_anew(ground, connection, moved)
    return endings


def _located(head: SubjectHead, record: SubjectRecord | None) -> SubjectHead:
    return head if record is None else replace(head, where=record.where, recipient=record.recipient)


async def _refused(
    ground: Ground,
    connection: Connection,
    brand: Brand,
    heads: Sequence[SubjectHead],
    wanted: Sequence[tuple[Person, Agreement]],
) -> dict[bytes, RowReason]:
    """Why those who may not be enrolled may not; the refusal of who acts for themselves is lifted instead."""
    entries = {
        head.id: [
            one
            for one in entries_of(ground, brand, person.e164)
            if one.purpose is None or one.purpose in agreement.purposes
        ]
        for head, (person, agreement) in zip(heads, wanted, strict=True)
    }
    listed = await refusals.standing(connection, [one for each in entries.values() for one in each])
    refused: dict[bytes, RowReason] = {}
    for head, (person, agreement) in zip(heads, wanted, strict=True):
        said_no = [listed[one.hash] for one in entries[head.id] if one.hash in listed]
        said_no += [head.suppressed_at] if head.suppressed_at else []
        if head.number_since is not None and person.given <= head.number_since:
            refused[head.id] = RowReason.NUMBER_REASSIGNED
        elif not said_no:
            continue
        elif person.given <= max(said_no):
            refused[head.id] = RowReason.WITHDRAWN_SINCE
        elif agreement.method in OWN_ACTS and "proof" in agreement.private:
            at = await clock.now(connection)
            await agreed_again(ground, connection, brand, head, person.e164, agreement.purposes, at)
        else:
            # Who said stop comes back by their own act, not by a list, however late its date.
            refused[head.id] = RowReason.SUPPRESSED
    return refused


def _outcome(head: SubjectHead, effect: TakesEffect | NoEffect, record: SubjectRecord | None) -> Outcome:
    if head.sseq == 0:
        return Outcome.IMPORTED
    return Outcome.UPDATED if isinstance(effect, TakesEffect) or record is not None else Outcome.UNCHANGED


def _new_record(brand: Brand, head: SubjectHead, person: Person, now: datetime) -> SubjectRecord | None:
    """What to remember of the person from now on, if that is more or other than before."""
    known, said = _known(brand, head), _said(person)
    given = max(head.record_given or person.given, person.given)
    record = said.over(known) if person.given == given else known.over(said)
    record = replace(record, circumstances=_worth_keeping(record.circumstances, now))
    if record == known and given == head.record_given:
        return None
    private = msgspec.json.encode(record.private, order="sorted").decode()
    return SubjectRecord(
        id=head.id,
        profile_sealed=seal(head.key, PROFILE, private) if record.private else None,
        attributes=Attributes(record.plain),
        language=record.language,
        where=_whereabouts(head, record.circumstances),
        recipient=record.circumstances.recipient or Recipient.INDIVIDUAL,
        born=record.circumstances.born,
        given=given,
    )


def _known(brand: Brand, head: SubjectHead) -> _Record:
    """What is remembered, as far as the brand still declares it."""
    private: dict[str, CellValue] = {}
    if head.profile_sealed is not None:
        private = msgspec.json.decode(unseal(head.key, PROFILE, head.profile_sealed))
    declared = {name: one.private for name, one in brand.attributes.items()}
    return _Record(
        {name: value for name, value in private.items() if declared.get(name) or name == _EXTERNAL_ID},
        {name: value for name, value in head.attributes.values.items() if declared.get(name) is False},
        head.language,
        Circumstances(
            residence=head.where.residence,
            billing=head.where.billing,
            zones=head.where.zones,
            recipient=head.recipient,
            born=head.born,
        ),
    )


def _said(person: Person) -> _Record:
    external_id = {_EXTERNAL_ID: person.external_id} if person.external_id is not None else {}
    return _Record(
        {**person.private, **external_id}, person.attributes, person.language, person.circumstances
    )


def _worth_keeping(said: Circumstances, now: datetime) -> Circumstances:
    """What the person's record keeps: not what is on record of the consent, and no birthday of who is of age."""
    # GDPR article 5(1)(c), PIPL article 6: what no rule will ask about again isn't kept.
    born = said.born if said.born and _age(said.born, now) < vocabulary.highest_age() else None
    return msgspec.structs.replace(said, born=born, relationship=None, guardian=False)


def _age(born: date, now: datetime) -> int:
    """In years, where the day begins last; before a birthday on a leap day, too young rather than too old."""
    today = now.astimezone(LAST_ZONE).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _whereabouts(head: SubjectHead, said: Circumstances) -> Whereabouts:
    return Whereabouts(
        origin=head.where.origin, residence=said.residence, billing=said.billing, zones=said.zones
    )

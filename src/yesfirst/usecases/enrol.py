"""Enrol people: the consents that they are said to have given, and what is said of them besides.

Nothing revives a withdrawn consent. A record adds to what is known and erases nothing: of two that name one
thing the one with the later consent counts, and of two with the same consent the one that came last.

Known gap: what is known has one date, that of the latest consent, so a thing that came from an older record
still counts against every record but a later one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from yesfirst.intake.brand import Brand
from yesfirst.intake.cells import CellValue
from yesfirst.intake.people import Person
from yesfirst.intake.result import Outcome, RowReason
from yesfirst.rules.consent import NoEffect, TakesEffect
from yesfirst.store import subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import seal, unseal
from yesfirst.store.subjects import Attributes, SubjectHead, SubjectRecord
from yesfirst.usecases import consents
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.people import subjects_of

_PROFILE = "profile"
_EXTERNAL_ID = "external_id"

Ending: TypeAlias = tuple[Outcome, RowReason | None]


@dataclass(frozen=True, slots=True)
class _Record:
    """What is said of a person: `private` is kept sealed, `plain` can be selected by."""

    private: dict[str, CellValue]
    plain: dict[str, CellValue]
    language: str | None

    def over(self, lesser: "_Record") -> "_Record":
        """This, and from the lesser record what this one does not say."""
        return _Record(
            lesser.private | self.private, lesser.plain | self.plain, self.language or lesser.language
        )


async def enrol(
    ground: Ground, connection: Connection, brand: Brand, wanted: Sequence[tuple[Person, Agreement]]
) -> list[Ending]:
    """Records people of a brand, each number once; how each of them ended, in the order given."""
    found = await subjects_of(ground, connection, [(brand.id, person.e164) for person, _ in wanted])
    heads = [found[brand.id, person.e164] for person, _ in wanted]
    willing = [
        (head, agreement)
        for head, (_, agreement) in zip(heads, wanted, strict=True)
        if head.suppressed_at is None
    ]
    effects = await consents.grant(ground, connection, brand.id, willing)
    effect_of = {head.id: effect for (head, _), effect in zip(willing, effects, strict=True)}
    records: list[SubjectRecord] = []
    endings: list[Ending] = []
    for head, (person, _) in zip(heads, wanted, strict=True):
        effect = effect_of.get(head.id)
        if effect is None or effect is NoEffect.WITHDRAWN_SINCE:
            endings.append((Outcome.REJECTED, _refusal(head, person)))
            continue
        record = _new_record(brand, head, person)
        if record is not None:
            records.append(record)
        endings.append((_outcome(head, effect, record), None))
    await subjects.update_records(connection, records)
    return endings


def _refusal(head: SubjectHead, person: Person) -> RowReason:
    """Who said stop comes back by their own act, not by a list, however late its date."""
    if head.suppressed_at is not None and person.given > head.suppressed_at:
        return RowReason.SUPPRESSED
    return RowReason.WITHDRAWN_SINCE


def _outcome(head: SubjectHead, effect: TakesEffect | NoEffect, record: SubjectRecord | None) -> Outcome:
    if head.sseq == 0:
        return Outcome.IMPORTED
    return Outcome.UPDATED if isinstance(effect, TakesEffect) or record is not None else Outcome.UNCHANGED


def _new_record(brand: Brand, head: SubjectHead, person: Person) -> SubjectRecord | None:
    """What to remember of the person from now on, if that is more or other than before."""
    known, said = _known(brand, head), _said(person)
    given = max(head.record_given or person.given, person.given)
    record = said.over(known) if person.given == given else known.over(said)
    if record == known and given == head.record_given:
        return None
    private = msgspec.json.encode(record.private, order="sorted").decode()
    return SubjectRecord(
        id=head.id,
        profile_sealed=seal(head.key, _PROFILE, private) if record.private else None,
        attributes=Attributes(record.plain),
        language=record.language,
        given=given,
    )


def _known(brand: Brand, head: SubjectHead) -> _Record:
    """What is remembered, as far as the brand still declares it."""
    private: dict[str, CellValue] = {}
    if head.profile_sealed is not None:
        private = msgspec.json.decode(unseal(head.key, _PROFILE, head.profile_sealed))
    declared = {name: one.private for name, one in brand.attributes.items()}
    return _Record(
        {name: value for name, value in private.items() if declared.get(name) or name == _EXTERNAL_ID},
        {name: value for name, value in head.attributes.values.items() if declared.get(name) is False},
        head.language,
    )


def _said(person: Person) -> _Record:
    external_id = {_EXTERNAL_ID: person.external_id} if person.external_id is not None else {}
    return _Record({**person.private, **external_id}, person.attributes, person.language)

"""People by their numbers: consents and records in, one or some hundreds at a time, and what is known of a number.

The same steps as an import takes with a row, for a system that learns of a consent when it is given.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

import msgspec

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.cells import CellValue, InvalidCell, read_language, read_text, read_value
from yesfirst.intake.circumstances import Circumstances, InvalidFact, read_circumstances
from yesfirst.intake.headerwords import Role
from yesfirst.intake.notice import Notice
from yesfirst.intake.people import Person
from yesfirst.intake.resultwords import WORDS, ResultLanguage
from yesfirst.ledger.text import id_text
from yesfirst.rules import numbers
from yesfirst.rules.asking import is_awaited
from yesfirst.rules.position import Recipient
from yesfirst.store import clock, consents, refusals, registries, subjects
from yesfirst.store.consents import StandingRow
from yesfirst.store.engine import Connection
from yesfirst.usecases import reassess
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.agreements import agreement_to
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.consents import Agreement, standings_of
from yesfirst.usecases.enrol import Ending, enrol
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.rulings import without_consent

_WORDS = WORDS[ResultLanguage.ENGLISH]


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of a person; `values` (attributes) and `facts` are as in cells, `expires` None is endless."""

    e164: str = field(repr=False)
    given: datetime
    expires: datetime | None
    values: Mapping[str, str] = field(repr=False)
    external_id: str | None = field(repr=False)
    language: str | None
    facts: Mapping[Role, str] = field(default_factory=dict, repr=False)


class MisstatedFact(Refused):
    """What is said under `role` is no such fact. Nothing of it is quoted, so every caller may read why."""

    def __init__(self, code: str, role: Role, message: str, hint: str) -> None:
        super().__init__(code, message, hint)
        self.role = role


class Method(StrEnum):
    """How somebody agreed, as another program or one of us tells it; the last two are acts of their own."""

    API = "api"
    CALL = "call"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Source:
    """How an agreement came about: `proof` is the SHA-256 (hexadecimal) of a recording or scan, `actor` who tells it.

    Without a proof the statement itself is what is proved.
    """

    method: Method = Method.API
    proof: str | None = None
    actor: Actor | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person to record with what they agreed to, and how."""

    purpose: str
    notice: Notice
    stated: Stated
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """What a registry said of a number, and when it was asked."""

    registry: str
    listed: bool
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Since:
    """Something about one purpose, and since when it is so."""

    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What a brand knows of a number; purpose `*` stands for all that no consent has named.

    `rulebooks` are those that apply, none where nobody can tell. `registries` are the answers to whether the number is
    listed. Somebody `suppressed_at` refuses everything; `refusals` are those of single purposes, `pending` what they
    were asked to confirm and may still. While `held_at`, somebody has to read a reply first. Before `number_since`
    the number was another person's.
    """

    subject: str
    language: str | None
    residence: str | None
    billing: str | None
    time_zones: tuple[str, ...]
    recipient: Recipient
    born: date | None
    rulebooks: tuple[str, ...]
    registries: list[RegistryAnswer]
    suppressed_at: datetime | None
    held_at: datetime | None
    number_since: datetime | None
    refusals: list[Since]
    pending: list[Since]
    purposes: list[StandingRow]


def read_number(written: str, brand: Brand) -> str:
    """A number in E.164; raises Refused (NUMBER_MISSING, NUMBER_INVALID), which doesn't repeat it."""
    found = numbers.parse(written, brand.default_region)
    if isinstance(found, numbers.Number):
        return found.e164
    raise Refused(found.value, "That is no number that a text can reach.", "Write it like +14155550123.")


async def add(ground: Ground, brand: Brand, wanted: Wanted) -> Ending:
    """Records a person and what they agreed to; how it ended. Raises Refused where something said is no fact."""
    [ending] = await add_each(ground, brand, [wanted])
    if isinstance(ending, Refused):
        raise ending
    return ending


async def add_each(ground: Ground, brand: Brand, wanted: Sequence[Wanted]) -> list[Ending | Refused]:
    """As `add` for each; those about one number one after the other, as they stand."""
    endings: dict[int, Ending | Refused] = {}
    for turn in _turns(wanted):
        # A crash between two turns leaves whole people; the same call finds them unchanged.
        async with ground.engine.begin() as connection:
            now = await clock.now(connection)
            checked = {place: _check(brand, wanted[place], now) for place in turn}
            fit = {place: one for place, one in checked.items() if not isinstance(one, Refused)}
            endings |= {place: one for place, one in checked.items() if isinstance(one, Refused)}
            endings |= zip(fit, await enrol(ground, connection, brand, list(fit.values())), strict=True)
    return [endings[place] for place in range(len(wanted))]


def _turns(wanted: Sequence[Wanted]) -> list[list[int]]:
    """Their places, so divided that no number comes twice in one turn."""
    turns: list[list[int]] = []
    before: Counter[str] = Counter()
    for place, one in enumerate(wanted):
        turn = before[one.stated.e164]
        before[one.stated.e164] += 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(place)
    return turns


def _check(brand: Brand, wanted: Wanted, now: datetime) -> tuple[Person, Agreement] | Refused:
    notice = wanted.notice
    try:
        check_terms(wanted, now)
        person = _person(brand, wanted, now)
    except Refused as refusal:
        return refusal
    agreement = agreement_to(
        notice,
        purposes=(wanted.purpose,),
        given=person.given,
        expires=person.expires,
        method=wanted.source.method,
        phone=person.e164,
        private=private_of(wanted),
        fields=person.circumstances.on_record,
        event=person.circumstances.relationship,
    )
    return person, agreement


def check_terms(wanted: Wanted, now: datetime) -> None:
    """Raises Refused (PURPOSE_INVALID, GIVEN_INVALID, EXPIRES_INVALID, PROOF_MISSING)."""
    if wanted.purpose not in wanted.notice.purposes:
        raise Refused(
            "PURPOSE_INVALID", "The notice does not cover the purpose.", "Name the notice that was shown."
        )
    if wanted.source.method is not Method.API and wanted.source.proof is None:
        raise Refused(
            "PROOF_MISSING",
            "A consent by telephone or on paper needs its proof.",
            "Send the SHA-256 of the recording or the scan, and keep that.",
        )
    _check_times(wanted.stated, now)


def private_of(wanted: Wanted) -> dict[str, str]:
    """What is committed to, and stored nowhere."""
    proof = {"proof": wanted.source.proof or _proof(wanted)}
    return proof if wanted.source.actor is None else {**proof, "actor": wanted.source.actor.name}


async def find(ground: Ground, brand: Brand, e164: str) -> Known:
    """What is known of a number under the rulebooks now in force; raises Refused (SUBJECT_UNKNOWN)."""
    async with ground.engine.begin() as connection:
        subject = await subjects.find(connection, brand.id, ground.keyring.lookup_of(brand.id, e164))
        await subjects.lock(connection, [subject] if subject else [])
        heads = await subjects.heads(connection, ground.keyring, [subject] if subject else [])
        if not heads:
            raise Refused("SUBJECT_UNKNOWN", "The brand knows nobody by this number.", "Add them first.")
        [head] = await reassess.place(ground, connection, heads)
        standings = await consents.standings_of(connection, head.id)
        checks = await registries.checks_of(connection, head.id)
        now = await clock.now(connection)
        law = (await law_of(ground, connection, brand.id, now)).law
        refused = await _refused(ground, connection, brand, e164)
        pending = [
            Since(purpose, one.pending.at)
            for (purpose, _), one in (await standings_of(connection, head)).items()
            if one.pending is not None and is_awaited(one.pending, now)
        ]
    return Known(
        subject=id_text(head.id),
        language=head.language,
        residence=head.where.residence,
        billing=head.where.billing,
        time_zones=head.where.zones,
        recipient=head.recipient,
        born=head.born,
        rulebooks=law.rule(without_consent(head)).rulebooks,
        registries=[RegistryAnswer(id, one.listed, one.checked_at) for id, one in checks.items()],
        suppressed_at=head.suppressed_at,
        held_at=head.held_at,
        number_since=head.number_since,
        refusals=refused,
        pending=pending,
        purposes=standings,
    )


async def _refused(ground: Ground, connection: Connection, brand: Brand, e164: str) -> list[Since]:
    """Single purposes that the number has said no to."""
    entries = {
        purpose: refusals.of_purpose(ground.keyring, brand.id, purpose, e164) for purpose in brand.purposes
    }
    said = await refusals.standing(connection, list(entries.values()))
    return [Since(purpose, said[one.hash]) for purpose, one in entries.items() if one.hash in said]


def _proof(wanted: Wanted) -> str:
    """The digest of what the other system stated: its statement is the artefact."""
    stated = wanted.stated
    facts = {role.value: cell for role, cell in stated.facts.items()}
    artefact = (stated.e164, wanted.purpose, wanted.notice.sha256, stated.given, stated.expires, facts)
    return sha256(msgspec.json.encode(artefact)).hexdigest()


def _check_times(stated: Stated, now: datetime) -> None:
    if stated.given > now:
        raise Refused("GIVEN_INVALID", "The consent is said to be given in the future.", "Check the clocks.")
    if stated.expires is not None and stated.expires <= stated.given:
        raise Refused("EXPIRES_INVALID", "The consent expires before it was given.", "Check both times.")


def _person(brand: Brand, wanted: Wanted, now: datetime) -> Person:
    stated = wanted.stated
    plain: dict[str, CellValue] = {}
    private: dict[str, CellValue] = {}
    for name, written in stated.values.items():
        attribute = brand.attributes.get(name)
        if attribute is None:
            raise Refused(
                "ATTRIBUTE_UNKNOWN", "The brand does not declare such an attribute.", "Send declared ones."
            )
        try:
            value = read_value(written, attribute.type)
        except InvalidCell:
            raise _invalid(f'Attribute "{name}"') from None
        if value is not None:
            (private if attribute.private else plain)[name] = value
    try:
        external_id = read_text(stated.external_id or "")
        language = read_language(stated.language or "")
    except InvalidCell:
        raise _invalid("The external id or the language") from None
    return Person(
        line=1,
        e164=stated.e164,
        given=stated.given,
        expires=stated.expires,
        attributes=plain,
        private=private,
        external_id=external_id,
        language=language,
        circumstances=_circumstances(brand, wanted, now),
    )


def _circumstances(brand: Brand, wanted: Wanted, now: datetime) -> Circumstances:
    facts = wanted.stated.facts
    if Role.RELATIONSHIP in facts and not wanted.notice.rests_on_relationship:
        raise MisstatedFact(
            "RELATIONSHIP_INVALID",
            Role.RELATIONSHIP,
            "what people agree to under this notice rests on no relationship",
            "leave it out, or name the notice that it belongs to",
        )
    today = now.astimezone(brand.time_zone).date()
    try:
        return read_circumstances(facts, home=brand.default_region, today=today)
    except InvalidFact as fault:
        hint = f"did you mean {fault.hint}?" if fault.hint else "docs/people.md says what it may be"
        raise MisstatedFact(fault.reason, fault.role, _WORDS[fault.reason], hint) from None


def _invalid(what: str) -> Refused:
    return Refused("ATTRIBUTE_INVALID", f"{what} does not hold what it is declared to hold.", "Correct it.")

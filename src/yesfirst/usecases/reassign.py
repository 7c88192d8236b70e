"""A number changes hands (二次放号): whoever has it now has agreed to nothing, and refused nothing either.

Every consent of the number ends at every brand, on record twice: a `consent.withdraw` in the person's chain, and a
`number.reassigned`. The subject stays with its evidence and is found by its id alone; the next who texts, signs up or
is imported under the number is a new subject. An entry says since when, so that no import brings in what was given
before. Refusals of the earlier holder are lifted; one that came since stands, for it is the new holder's.

Locks: all subjects of the number by id, then what belongs to them. Whoever waits for one of them meanwhile finds it
without its number, and makes the new subject (`people.subjects_of`). Doing it again changes nothing.

Known gaps: a consent that the new holder gave before we knew is in the earlier holder's chain and ends with it; who is
made known for the first time at the very moment is missed until the number is told of once more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.csvfile import Row
from yesfirst.ledger import leaf
from yesfirst.rules.consent import ConsentType
from yesfirst.store import brands, clock, evidence, inflight, refusals, subjects
from yesfirst.store import consents as events
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.store.refusals import Entry
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.held import settle_replies
from yesfirst.usecases.registries import RegistrySource, rows_of, said
from yesfirst.usecases.trim import trim

_LINES_TOLD = 20


class Source(StrEnum):
    """Who says so. A carrier can't yet: none of its codes proves it (`carriers/twilio.py`)."""

    REGISTRY = "registry"
    REPLY = "reply"
    OPERATOR = "operator"


_VIA = {Source.REGISTRY: "import", Source.REPLY: "reply", Source.OPERATOR: "operator"}
"""By which way the consents were withdrawn then."""


@dataclass(frozen=True, slots=True)
class HandedOn:
    """At how many brands somebody was known by the number; the messages that were being handed over to it."""

    people: int
    in_flight: tuple[bytes, ...]


@dataclass(slots=True)
class ReassignedReport:
    """How many rows there were, numbers that brands knew, and people whose consents ended; rows that say nothing."""

    rows: int = 0
    known: int = 0
    people: int = 0
    unknown: int = 0
    invalid: int = 0
    invalid_lines: list[int] = field(default_factory=list)
    in_flight: list[bytes] = field(default_factory=list)


async def hand_on_all(
    ground: Ground, source: RegistrySource, since: datetime, region: str, actor: Actor
) -> ReassignedReport:
    """Hands on each number that a file lists; raises Refused (REASSIGNED_IN_FUTURE).

    A number without a country code belongs to `region`. Each number is a transaction of its own: where it was
    interrupted the same file goes on.
    """
    report = ReassignedReport()
    rows = rows_of(source)
    while chunk := list(islice(rows, 1_000)):
        for number in _listed(source, chunk, region, report):
            # A crash between two numbers leaves each as it was, or handed on at every brand.
            async with ground.engine.begin() as connection:
                done = await hand_on(ground, connection, number, since, Source.REGISTRY, actor)
            report.people += done.people
            report.known += done.people > 0
            report.unknown += done.people == 0
            report.in_flight += done.in_flight
    return report


def _listed(
    source: RegistrySource, chunk: Sequence[Row], region: str, report: ReassignedReport
) -> Iterator[str]:
    report.rows += len(chunk)
    for row in chunk:
        answer = said(row, source, region)
        if answer is None:
            report.invalid += 1
            report.invalid_lines += [row.line] if report.invalid <= _LINES_TOLD else []
        elif answer.listed:
            yield answer.number


async def hand_on(
    ground: Ground, connection: Connection, e164: str, since: datetime, source: Source, actor: Actor | None
) -> HandedOn:
    """Ends what a number had agreed to until `since`, at every brand; the caller commits.

    Call it before anything else of these people is locked. Raises Refused (REASSIGNED_IN_FUTURE).
    """
    known = [read_brand(one) for one in await brands.all_brands(connection)]
    lookups = [ground.keyring.lookup_of(brand.id, e164) for brand in known]
    ids = await subjects.find_each(connection, lookups)
    await subjects.lock(connection, ids)
    at = await clock.now(connection)
    if since > at:
        raise Refused("REASSIGNED_IN_FUTURE", "The number is said to change hands in the future.", "Wait.")
    people = await subjects.heads(connection, ground.keyring, ids)
    earlier = [one for one in people if one.number_since is None or one.number_since < since]
    refused_since = await _refused_since(connection, earlier, since)
    private = {"phone": e164, **({"actor": actor.name} if actor else {})}
    in_flight: list[bytes] = []
    for subject in earlier:
        in_flight += await _end(ground, connection, subject, source, private, at)
    await refusals.lift(connection, _of_the_earlier(ground, known, e164, refused_since), at, before=since)
    await refusals.refuse(connection, [refusals.of_reassignment(ground.keyring, e164)], source, since)
    return HandedOn(len(earlier), tuple(in_flight))


async def _refused_since(
    connection: Connection, people: Sequence[SubjectHead], since: datetime
) -> frozenset[str]:
    """The brands to which whoever has the number now has said no already."""
    chains = await events.events_of(connection, [one.id for one in people])
    return frozenset(
        one.brand
        for one in people
        if any(event.type is ConsentType.WITHDRAW and event.at >= since for event in chains.get(one.id, ()))
    )


async def _end(
    ground: Ground,
    connection: Connection,
    subject: SubjectHead,
    source: Source,
    private: dict[str, str],
    at: datetime,
) -> list[bytes]:
    """Withdraws for a locked subject and parts it from its number; what was being handed over to it."""
    written = await consents.withdraw(
        ground, connection, subject.brand, subject, via=_VIA[source], private=private, at=at
    )
    await trim(ground, connection, subject, written.standings, at)
    public = {"brand": subject.brand, "via": source.value}
    reassigned = leaf.make("number.reassigned", new_id(), subject.id, at, public, private, subject.key)
    await evidence.append(connection, [reassigned])
    await settle_replies(connection, subject, "reassigned", at)
    await subjects.suppress(connection, subject.id, at)
    await subjects.part(connection, subject.id)
    return await inflight.name(connection, subject.id, written.leaf.rid)


def _of_the_earlier(
    ground: Ground, known: Sequence[Brand], e164: str, refused_since: frozenset[str]
) -> list[Entry]:
    """Every refusal that may be the earlier holder's; those of a brand that was refused since are the new one's."""
    keyring = ground.keyring
    kept = {brand.controller for brand in known if brand.id in refused_since}
    found = [
        refusals.of_controller(keyring, controller, e164)
        for controller in sorted({brand.controller for brand in known} - kept)
    ]
    for brand in known:
        if brand.id not in refused_since:
            found += [
                refusals.of_brand(keyring, brand.id, e164),
                *(refusals.of_purpose(keyring, brand.id, purpose, e164) for purpose in brand.purposes),
            ]
    return found

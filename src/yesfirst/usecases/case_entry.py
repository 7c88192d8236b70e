"""A case's facts into a throw-away database, in the order in which they happened, and back out of it."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from yesfirst.intake.case_facts import CaseFacts
from yesfirst.intake.case_grant import Grant
from yesfirst.rules.consent import BARE_RECORD, fold, standing_of
from yesfirst.rules.decision import Facts, consent_of
from yesfirst.rules.exemption import CORPORATE_EXEMPT
from yesfirst.rules.position import position
from yesfirst.store import case_facts, refusals, registries, subjects
from yesfirst.store import consents as stored
from yesfirst.store.case_facts import Description
from yesfirst.store.engine import Connection
from yesfirst.store.set_clock import set_clock
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.exempt import record_exemption
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.people import subjects_of
from yesfirst.usecases.reassess import place_anew

OFFERS, EVENTS = "marketing.offers", "marketing.events"
_NOTICE = sha256(b"what the person of a case agreed to").digest()


async def enter(
    ground: Ground, connection: Connection, brand: str, case: CaseFacts, number: str
) -> SubjectHead:
    """The person of a case, with all that happened; the database's clock shows the case's `now` then."""
    await set_clock(connection, min([case.now, *(at for at, _ in _happened(case, number))]))
    head = (await subjects_of(ground, connection, [(brand, number)]))[brand, number]
    described = Description(case.residence, case.billing, case.zones, case.recipient, case.born)
    await case_facts.describe(connection, head.id, described)
    for at, agreed in sorted(_happened(case, number), key=lambda one: one[0]):
        await set_clock(connection, at)
        await _happen(ground, connection, brand, await _now(ground, connection, head), at, number, agreed)
    await set_clock(connection, case.now)
    if case.suppressed_at is not None:
        refused = refusals.of_brand(ground.keyring, brand, number)
        await refusals.refuse(connection, [refused], case.via, case.suppressed_at)
        await subjects.suppress(connection, head.id, case.suppressed_at)
    for registry, check in case.checks.items():
        await registries.put(connection, registry, check.checked_at, [(head.id, check.listed)])
    await case_facts.put_texted(connection, head.id, case.texted)
    [head] = await place_anew(ground, connection, [await _now(ground, connection, head)])
    if case.unasked:
        basis = Grant(CORPORATE_EXEMPT, case.now, None, night=False, waits=False, record=BARE_RECORD)
        exemption = _agreement(basis, number, OFFERS)
        await record_exemption(ground, connection, brand, head, exemption)
    return head


async def read_back(ground: Ground, connection: Connection, subject: bytes, case: CaseFacts) -> Facts:
    """What the database says of a person, with the text of the case."""
    [head] = await subjects.heads(connection, ground.keyring, [subject])
    chain = (await stored.events_of(connection, [subject])).get(subject, ())
    standing = standing_of(fold(chain), OFFERS, "sms")
    return Facts(
        number_valid=True,
        position=position(head.where, head.recipient, standing),
        message_class=case.message_class,
        suppressed_at=head.suppressed_at,
        consent=consent_of(standing),
        born=head.born,
        checks=await registries.checks_of(connection, subject),
        texted=await case_facts.texted_to(connection, subject),
        wording=case.wording,
        offer=case.offer,
        charity=case.charity,
        confirmed=case.confirmed,
    )


def _happened(case: CaseFacts, number: str) -> Iterator[tuple[datetime, Agreement | None]]:
    """What the person agreed to, and when they withdrew (None)."""
    for grant in case.grants:
        yield grant.given, _agreement(grant, number, EVENTS if case.other_purpose else OFFERS)
    if case.withdrawn_at is not None:
        yield case.withdrawn_at, None


async def _now(ground: Ground, connection: Connection, head: SubjectHead) -> SubjectHead:
    [known] = await subjects.heads(connection, ground.keyring, [head.id])
    return known


async def _happen(
    ground: Ground,
    connection: Connection,
    brand: str,
    head: SubjectHead,
    at: datetime,
    number: str,
    agreed: Agreement | None,
) -> None:
    if agreed is not None:
        await consents.grant(ground, connection, brand, [(head, agreed)])
        return
    # By a letter or a call: the agreement ends, and the number is on no list of refusals.
    private = {"phone": number}
    await consents.withdraw(ground, connection, brand, head, via="operator", private=private, at=at)


def _agreement(grant: Grant, number: str, purpose: str) -> Agreement:
    return Agreement(
        purposes=(purpose,),
        given=grant.given,
        expires=grant.expires,
        method="double" if grant.waits else "import",
        kind=grant.kind,
        language="en",
        notice=_NOTICE,
        phone=number,
        night=grant.night,
        record=grant.record,
    )

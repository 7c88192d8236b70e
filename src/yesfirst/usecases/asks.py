"""Send asks: questions to confirm, to confirm once more, to renew. Each takes the way of a message, without a run.

Judge and write the decision down, wait until it is sealed, take the right to call, call, record. Nobody is asked who
has said no, who wrote something unclear, or whose consent event is no longer there to be asked about. Reminders and
requests to renew keep to the hours in which the person may be texted; a first question answers what they have just
done, and goes at once.

A crash leaves `claimed` rows, which are ready again after their lease, and `calling` rows, whose outcome nobody knows:
they end as `unknown`, and no machine asks again.

Known gap: an ask whose outcome is unknown is not looked up at the carrier.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yesfirst.carriers.handover import Accepted, Answer, NotHandedOver, Rejected
from yesfirst.carriers.twilio import Twilio
from yesfirst.ledger import leaf
from yesfirst.ledger.text import hash_text, id_text, time_text
from yesfirst.rules.asking import is_awaited
from yesfirst.rules.consent import Standings
from yesfirst.rules.quiet_hours import Closed, NeverOpen
from yesfirst.store import asks, clock, evidence, hearing, subjects
from yesfirst.store.asks import AskKind, DueAsk
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, unseal
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.hand_over import is_opt_out
from yesfirst.usecases.opted_out import heeding
from yesfirst.usecases.rulings import without_consent

LEASE = timedelta(seconds=10)
AGAIN_AFTER = timedelta(seconds=5)
"""When to try again what was not handed over."""


@dataclass(frozen=True, slots=True)
class ReadyAsk:
    """A claimed ask, to be handed over once `leaf` is sealed."""

    id: bytes
    subject: bytes
    sender: str
    leaf: int
    to: str = field(repr=False)
    body: str = field(repr=False)


async def claim_asks(ground: Ground, most: int) -> list[ReadyAsk]:
    """Judges asks whose time has come, at most `most`, and writes down which may go."""
    async with ground.engine.begin() as connection:
        due = await asks.due(connection, most)
        if not due:
            return []
        await subjects.lock(connection, sorted(set(due.values())))
        heads = {
            head.id: head for head in await subjects.heads(connection, ground.keyring, list(due.values()))
        }
        ready: list[ReadyAsk] = []
        for one in await asks.take(connection, list(due)):
            claimed = await _claim(ground, connection, one, heads.get(one.subject))
            ready += [claimed] if claimed is not None else []
    return ready


async def _claim(
    ground: Ground, connection: Connection, one: DueAsk, head: SubjectHead | None
) -> ReadyAsk | None:
    now = await clock.now(connection)
    if (
        head is None
        or now >= one.by
        or not _stands(one, head, await consents.standings_of(connection, head), now)
    ):
        await asks.drop(connection, one.id)
        return None
    if one.kind is not AskKind.CONFIRM and (later := await _closed_until(ground, connection, head, now)):
        await asks.defer(connection, one.id, later)
        return None
    to, body = unseal(head.key, "phone", head.phone_sealed), unseal(head.key, "body", one.body_sealed)
    public = {
        "brand": one.brand,
        "channel": "sms",
        "kind": one.kind.value,
        "of": hash_text(one.of),
        "by": time_text(one.by),
    }
    private = {"phone": to, "body": body, "sender": one.sender}
    decision = leaf.make("ask.decision", one.id, one.subject, now, public, private, head.key)
    [leaf_id] = await evidence.append(connection, [decision])
    await asks.claim(connection, one.id, leaf_id, now + LEASE)
    return ReadyAsk(one.id, one.subject, one.sender, leaf_id, to, body)


def _stands(one: DueAsk, head: SubjectHead, standings: Standings, now: datetime) -> bool:
    """Whether what is asked about is still there, and nobody has said no since."""
    if head.suppressed_at is not None or head.held_at is not None:
        return False
    if one.kind is AskKind.RENEW:
        found = [standing.open for standing in standings.values()]
        return any(event and event.leaf_hash == one.of and event.exp and now < event.exp for event in found)
    waiting = [standing.pending for standing in standings.values()]
    return any(event and event.leaf_hash == one.of and is_awaited(event, now) for event in waiting)


async def _closed_until(
    ground: Ground, connection: Connection, head: SubjectHead, now: datetime
) -> datetime | None:
    """When the person may be texted again; None if they may be now. Where nobody can tell, not for a day."""
    law = (await law_of(ground, connection, head.brand, now)).law
    ruling = law.rule(without_consent(head))
    if ruling.window_class is None:
        return None if ruling.rulebooks else now + timedelta(days=1)
    hours = law.hours(ruling.window_class, now)
    if isinstance(hours, Closed):
        return hours.not_before
    return now + timedelta(days=1) if isinstance(hours, NeverOpen) else None


async def allow_ask(ground: Ground, one: ReadyAsk) -> bool:
    """Takes the right to call, if it may still go; else it is dropped, or put off until people are heard again."""
    async with ground.engine.begin() as connection:
        await subjects.lock(connection, [one.subject])
        allowed = await asks.allow(connection, one.id)
        if not allowed:
            at = await clock.now(connection)
            if await hearing.is_heard(connection):
                await asks.drop(connection, one.id)
            else:
                await asks.again(connection, one.id, new_id(), at, ["claimed"])
            await _note_aborted(connection, one.id, one.subject, "NO_LONGER_ALLOWED", at)
    return allowed


async def call(carrier: Twilio, one: ReadyAsk) -> Answer:
    """Calls the carrier, once."""
    return await carrier.send(
        message=id_text(one.id), to=one.to, body=one.body, sender=one.sender, seconds=LEASE.total_seconds()
    )


async def record_ask(ground: Ground, one: ReadyAsk, answer: Answer) -> None:
    """Writes what the carrier answered; what was not handed over is asked again, under another id.

    Who is on the carrier's own list of opt-outs has withdrawn with it.
    """
    if is_opt_out(answer):
        async with heeding(ground, one.id) as connection:
            await _record(connection, one, answer, await clock.now(connection))
        return
    async with ground.engine.begin() as connection:
        at = await clock.now(connection)
        if isinstance(answer, NotHandedOver):
            moved = await asks.again(connection, one.id, new_id(), at + AGAIN_AFTER, ["calling"])
            if moved is not None:
                await _note_aborted(connection, one.id, one.subject, answer.reason, at)
            return
        await _record(connection, one, answer, at)


async def _record(connection: Connection, one: ReadyAsk, answer: Answer, at: datetime) -> None:
    state, carrier_id, code = _outcome(answer)
    if await asks.record(connection, one.id, state, carrier_id, code) is not None:
        await _note_outcome(connection, one.id, one.subject, state, code, at)


async def recover_asks(ground: Ground) -> None:
    """What dead workers left: claimed ones are ready again, called ones are unknown."""
    async with ground.engine.begin() as connection:
        at = await clock.now(connection)
        for id, state in await asks.lost(connection):
            if state == "claimed":
                subject = await asks.again(connection, id, new_id(), at, ["claimed"])
                if subject is not None:
                    await _note_aborted(connection, id, subject, "LEASE_LOST", at)
            else:
                subject = await asks.record(connection, id, "unknown", None, None)
                if subject is not None:
                    await _note_outcome(connection, id, subject, "unknown", None, at)


def _outcome(answer: Answer) -> tuple[str, str | None, int | None]:
    match answer:
        case Accepted(carrier_id):
            return "accepted", carrier_id, None
        case Rejected(code):
            return "rejected", None, code
        case _:
            return "unknown", None, getattr(answer, "code", None)


async def _note_aborted(connection: Connection, id: bytes, subject: bytes, reason: str, at: datetime) -> None:
    public = {"of": id_text(id), "reason": reason}
    aborted = leaf.make("send.aborted", new_id(), subject, at, public, {}, b"")
    await evidence.append(connection, [aborted], [id])


async def _note_outcome(
    connection: Connection, id: bytes, subject: bytes, state: str, code: int | None, at: datetime
) -> None:
    public = {"of": id_text(id), "result": state, "code": None if code is None else str(code)}
    outcome = leaf.make("send.outcome", new_id(), subject, at, public, {}, b"")
    await evidence.append(connection, [outcome], [id])

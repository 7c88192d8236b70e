"""Send asks: questions to confirm, to confirm once more, to renew. Each takes the way of a message, without a run.

Judge and write the decision down, wait until it is sealed, judge again and take the right to call, call, record. The
lock on the subject orders each step against whatever the person says meanwhile.

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
from yesfirst.store import asks, clock, evidence, subjects
from yesfirst.store.asks import DueAsk
from yesfirst.store.brands import StoredSender
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id, unseal
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.ask_verdict import AGAIN_AFTER, Later, May, Never, judge
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.hand_over import is_opt_out
from yesfirst.usecases.opted_out import heeding

LEASE = timedelta(seconds=10)
"""How long after its claim an ask may be handed over; also how long a dead worker holds it."""


@dataclass(frozen=True, slots=True)
class ReadyAsk:
    """A claimed ask, to be handed over once `leaf` is sealed."""

    id: bytes
    subject: bytes
    leaf: int
    to: str = field(repr=False)
    body: str = field(repr=False)


async def claim_asks(ground: Ground, sender: StoredSender, most: int) -> list[ReadyAsk]:
    """Judges asks of a sender whose time has come, at most `most`, and writes down which may go."""
    async with ground.engine.begin() as connection:
        due = await asks.due(connection, sender.id, most)
        if not due:
            return []
        heads = await _locked(ground, connection, sorted(set(due.values())))
        ready: list[ReadyAsk] = []
        for one in await asks.take(connection, list(due), "ready"):
            head = heads.get(one.subject)
            verdict = await judge(ground, connection, one, head, claimed=False)
            if isinstance(verdict, May) and head is not None:
                ready.append(await _claim(connection, one, head, sender.address, verdict.until))
            elif isinstance(verdict, Later):
                await asks.defer(connection, one.id, verdict.not_before)
            else:
                await asks.drop(connection, one.id)
    return ready


async def _locked(ground: Ground, connection: Connection, ids: list[bytes]) -> dict[bytes, SubjectHead]:
    await subjects.lock(connection, ids)
    return {head.id: head for head in await subjects.heads(connection, ground.keyring, ids)}


async def _claim(
    connection: Connection, one: DueAsk, head: SubjectHead, sender: str, until: datetime
) -> ReadyAsk:
    now = await clock.now(connection)
    by = min(now + LEASE, one.by, until)
    to, body = unseal(head.key, "phone", head.phone_sealed), unseal(head.key, "body", one.body_sealed)
    public = {
        "brand": one.brand,
        "channel": "sms",
        "kind": one.kind.value,
        "of": hash_text(one.of),
        "by": time_text(by),
    }
    private = {"phone": to, "body": body, "sender": sender}
    decision = leaf.make("ask.decision", one.id, one.subject, now, public, private, head.key)
    [leaf_id] = await evidence.append(connection, [decision])
    await asks.claim(connection, one.id, leaf_id, by)
    return ReadyAsk(one.id, one.subject, leaf_id, to, body)


async def allow_ask(ground: Ground, ready: ReadyAsk) -> float | None:
    """Takes the right to begin the call within so many seconds; None where it may not go.

    What may still go later is asked again, under another id.
    """
    async with ground.engine.begin() as connection:
        heads = await _locked(ground, connection, [ready.subject])
        for one in await asks.take(connection, [ready.id], "claimed"):
            verdict = await judge(ground, connection, one, heads.get(ready.subject), claimed=True)
            seconds = await asks.allow(connection, ready.id) if isinstance(verdict, May) else None
            if seconds is not None:
                return seconds
            at = await clock.now(connection)
            if isinstance(verdict, Never):
                await asks.drop(connection, ready.id)
            else:
                later = verdict.not_before if isinstance(verdict, Later) else at
                await asks.again(connection, ready.id, new_id(), later, ["claimed"])
            await _note_aborted(connection, ready.id, ready.subject, "NO_LONGER_ALLOWED", at)
    return None


async def call(carrier: Twilio, one: ReadyAsk, sender: str, seconds: float) -> Answer:
    """Calls the carrier once, or not at all if it is too late."""
    if seconds <= 0:
        return NotHandedOver("LATE")
    return await carrier.send(
        message=id_text(one.id), to=one.to, body=one.body, sender=sender, seconds=seconds
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

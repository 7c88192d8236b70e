"""Decide the cases of a file the way a text is decided: facts into a database, a claim, the answer read back.

Each case has a brand of its own in a throw-away database, whose clock shows when things happened and then `now`.
What is given is written by the use cases that write it otherwise, and a run of one message is claimed under the
case's rulebooks alone. The answer stands in the message and its leaf; of a text that is only put off they name the
primary reason, and the reference, asked about the facts as read back, the rest. It also answers for texts that no
run ever sends, which are transactional ones and confirmations. A number that no text can reach is refused where it
enters, so nothing is written of it.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from yesfirst.intake.asking import Replies
from yesfirst.intake.brand import Brand, Sender
from yesfirst.intake.case_facts import CaseFacts
from yesfirst.intake.cases import Answer, Case, answer_of, refusal
from yesfirst.ledger.contents import Denial
from yesfirst.ledger.leaf import parse
from yesfirst.rules.decision import Allow, MessageClass, decide
from yesfirst.rules.delivery import State
from yesfirst.rules.reason import Reason
from yesfirst.store import case_facts, clock, messages, runs
from yesfirst.store.case_facts import Outcome
from yesfirst.store.engine import Connection, Engine, open_engine
from yesfirst.store.keyring import Keyring, new_id, new_key, seal
from yesfirst.store.messages import NewMessage
from yesfirst.store.runs import NewRun, RunState, StoredRun
from yesfirst.store.set_clock import throwaway_database
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases.brand_law import BrandLaw, law_of
from yesfirst.usecases.case_entry import EVENTS, OFFERS, enter, read_back
from yesfirst.usecases.claim import claim
from yesfirst.usecases.declared import apply_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.texts import Said, Texts

_LANGUAGE = "en"
_CLOSES = datetime(2200, 1, 1, tzinfo=UTC)
_SENDER = Sender(id="cases", carrier="twilio", per_second=1, messaging_service_sid="MG" + "0" * 32)


class Unreadable(Struct, frozen=True):
    """Why a case could not be decided."""

    error: str


class Difference(Struct, frozen=True):
    """A case that came out otherwise; `expected` is as it was written."""

    id: str
    expected: object
    got: Answer | Unreadable


async def differences(url: str, cases: Sequence[Case]) -> list[Difference]:
    """Decides each case in a throw-away database beside that of `url`; those that differ, in order.

    Raises Refused where there can be no such database.
    """
    found: list[Difference] = []
    async with _bench(url) as bench:
        for n, case in enumerate(cases):
            try:
                got = await _answer(bench, case, f"case-{n}")
            except (ValueError, OverflowError) as error:  # a fact that fits no column or calendar
                got = Unreadable(f"can't be decided: {error}")
            if not (isinstance(got, Answer) and case.expect and got.meets(case.expect)):
                found.append(Difference(case.id, case.expected, _as_expected(got, case)))
    return found


def _as_expected(got: Answer | Unreadable, case: Case) -> Answer | Unreadable:
    """The answer on the clock of the case; all reasons only where the case names all."""
    if isinstance(got, Unreadable) or case.facts is None or case.expect is None:
        return got
    at = got.not_before.astimezone(case.facts.now.tzinfo) if got.not_before else None
    reasons = got.reasons if case.expect.reasons is not None else None
    return msgspec.structs.replace(got, not_before=at, reasons=reasons)


@dataclass(frozen=True, slots=True)
class _Bench:
    """The throw-away database, and the law of each set of rulebooks."""

    engine: Engine
    keyring: Keyring
    laws: dict[tuple[str, ...], Law]

    def ground(self, case: CaseFacts) -> Ground:
        law = self.laws.setdefault(tuple(sorted(case.books)), Law(case.books))
        return Ground(self.engine, self.keyring, law)


@asynccontextmanager
async def _bench(url: str) -> AsyncIterator[_Bench]:
    async with throwaway_database(url) as made:
        engine = open_engine(made, connections=2)
        try:
            yield _Bench(engine, Keyring(new_key(), new_key(), new_key()), {})
        finally:
            await engine.dispose()


async def _answer(bench: _Bench, case: Case, brand: str) -> Answer | Unreadable:
    facts = case.facts
    if facts is None:
        return Unreadable(case.fault)
    if facts.number is None:
        return refusal((Reason.NUMBER_INVALID,))
    ground = bench.ground(facts)
    await apply_brand(ground, _brand(brand, charity=facts.charity), {})
    async with ground.engine.begin() as connection:
        head = await enter(ground, connection, brand, facts, facts.number)
        law = (await law_of(ground, connection, brand, await clock.now(connection))).law
        decision = decide(await read_back(ground, connection, head.id, facts), law.books, facts.now)
        run = await _running(connection, brand, head, facts.now)
    by_reference = answer_of(decision, facts.message_class)
    if facts.message_class is not MessageClass.MARKETING:
        return by_reference
    await claim(ground, run, _SENDER.address, lane=0, most=1, texts=_text_of(facts))
    async with ground.engine.connect() as connection:
        got = _answered(await case_facts.outcome(connection, run.id), by_reference)
    return got if got == by_reference else Unreadable("the claim and the reference disagree: tell the makers")


async def _running(connection: Connection, brand: str, head: SubjectHead, now: datetime) -> StoredRun:
    """A run that has one message, for this person, and has begun."""
    id = new_id()
    new = NewRun(
        id=id,
        campaign="cases",
        brand=brand,
        purpose=OFFERS,
        sender=_SENDER.id,
        declared=b"{}",
        content=id * 2,
        audience=id * 2,
        counts={},
        lanes=1,
        pace=1,
        opens=now,
        closes=_CLOSES,
        planned_by=b"",
        planned_at=now,
    )
    await runs.insert(connection, new)
    body = seal(head.key, "body", "the text of a case")
    await messages.insert(connection, id, [NewMessage(new_id(), head.id, 0, 0, _LANGUAGE, body, 1)])
    await runs.move(connection, id, RunState.RUNNING)
    run = await runs.get(connection, id)
    if run is None:
        raise AssertionError("the run was inserted above")
    return run


def _text_of(facts: CaseFacts) -> Callable[[StoredRun, BrandLaw, datetime], Texts]:
    """The text of a case, whatever campaign the run names."""
    said = {_LANGUAGE: Said(facts.wording, facts.offer)}
    return lambda run, standing, now: Texts(standing.law, said, _LANGUAGE)


def _answered(outcome: Outcome, by_reference: Answer) -> Answer | None:
    """What the message and its leaf say; None where the claim left it alone."""
    if outcome.state == State.CLAIMED:
        return answer_of(Allow(_CLOSES), MessageClass.MARKETING)
    if outcome.leaf is not None:
        content = parse(outcome.leaf).content
        return refusal(tuple(map(Reason, content.reasons))) if isinstance(content, Denial) else None
    if outcome.state == State.DEFERRED and outcome.reason is not None:
        # Of what is only put off nothing is sealed, and the message names the primary reason alone.
        kept = refusal((Reason(outcome.reason),), outcome.not_before)
        return msgspec.structs.replace(kept, reasons=by_reference.reasons)
    return None


def _brand(id: str, *, charity: bool) -> Brand:
    return Brand(
        id=id,
        name="Cases",
        controller="Cases",
        contact="cases",
        languages=("en",),
        default_region="US",
        zone="UTC",
        senders=(_SENDER,),
        purposes={OFFERS: "Offers", EVENTS: "Events"},
        attributes={},
        notices=(),
        replies=Replies(stop={"en": "-"}, help={"en": "-"}),
        charity=charity,
    )

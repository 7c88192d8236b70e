"""Makes a past decision again, under the rules of its day and with the facts of its day, and compares.

Rules come from the digest in the leaf, consent from the events that the decision saw, the text from the run's
frozen campaign. What is not kept as it was is named: a decision that comes out otherwise may differ by that alone.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from msgspec import Struct

from yesfirst.errors import Refused
from yesfirst.intake.campaign import Campaign
from yesfirst.ledger import leaf
from yesfirst.ledger.contents import Decision, Denial
from yesfirst.ledger.text import hash_text, id_text, parse_time
from yesfirst.rules.decision import Allow, decide
from yesfirst.rules.explanation import answer_of
from yesfirst.rules.reason import Reason, Verdict
from yesfirst.rules.reason_words import Caveat
from yesfirst.store import brands, exports, pasts, runs
from yesfirst.store.engine import Connection, snapshot
from yesfirst.store.keyring import unseal
from yesfirst.store.pasts import PastDecision
from yesfirst.store.runs import StoredRun
from yesfirst.usecases.brand_law import BrandLaw
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.facts import Past, facts_of, head_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.rulebooks import behind
from yesfirst.usecases.texts import Texts

_TAKEN_AS_NOW = (Caveat.PERSON, Caveat.REGISTRIES, Caveat.BRAND)


class Decided(Struct, frozen=True, kw_only=True):
    """An answer and what speaks against texting; `until` is how long a yes holds."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    until: datetime | None


class UnderRulebook(Struct, frozen=True, kw_only=True):
    """`hash` is that of the file; `dropped` are the rules that did not hold then or that the brand had relaxed."""

    id: str
    version: str
    hash: str
    dropped: tuple[str, ...]


class Replayed(Struct, frozen=True, kw_only=True):
    message: str
    at: datetime
    brand: str
    purpose: str
    run: str
    then: Decided
    again: Decided
    same: bool
    rulebooks: tuple[UnderRulebook, ...]
    as_of_now: tuple[Caveat, ...]


@dataclass(frozen=True, slots=True)
class _Logged:
    """A decision as the log has it, and the run that it belongs to."""

    stored: PastDecision
    content: Decision | Denial
    run: StoredRun
    subject: bytes


async def replay(ground: Ground, message: bytes) -> Replayed:
    """Raises Refused: MESSAGE_UNKNOWN, SUBJECT_ERASED, and where the rules are not on record as they were."""
    async with snapshot(ground.engine) as connection:
        logged = await _logged(connection, message)
        law = await behind(connection, logged.content.ref.rulebook)
        again = await _decide_again(ground, connection, logged, law)
    then = _then(logged.content)
    return Replayed(
        message=id_text(message),
        at=parse_time(logged.content.at),
        brand=logged.content.brand,
        purpose=logged.content.purpose,
        run=logged.content.run,
        then=then,
        again=again,
        same=_same(then, again),
        rulebooks=tuple(
            UnderRulebook(
                id=book.id,
                version=book.version.isoformat(),
                hash=hash_text(book.file or book.hash),
                dropped=book.dropped,
            )
            for book in law.books.values()
        ),
        as_of_now=_TAKEN_AS_NOW,
    )


async def _logged(connection: Connection, message: bytes) -> _Logged:
    decided = await exports.decided(connection, message)
    stored = await pasts.decision(connection, message, decided.run) if decided else None
    run = await runs.get(connection, decided.run) if decided else None
    if decided is None or stored is None or run is None:
        raise Refused(
            "MESSAGE_UNKNOWN",
            f"Nothing was decided about a message {id_text(message)}.",
            "`yesfirst evidence find` lists the messages of a number.",
        )
    content = leaf.parse(stored.body).content
    if not isinstance(content, Decision | Denial):
        raise AssertionError("a decision's leaf is of another type")
    return _Logged(stored, content, run, decided.subject)


async def _decide_again(ground: Ground, connection: Connection, logged: _Logged, law: Law) -> Decided:
    content, at = logged.content, parse_time(logged.content.at)
    head = await head_of(ground, connection, logged.subject)
    stored = await brands.brand(connection, content.brand)
    if head is None or stored is None:
        raise Refused(
            "SUBJECT_ERASED",
            "The person was erased, and with them what the decision was made from.",
            "The log still proves what was decided; `yesfirst evidence verify` checks a bundle of it.",
        )
    brand = read_brand(stored)
    events = 0 if content.sseq is None else content.sseq + 1
    e164 = unseal(head.key, "phone", head.phone_sealed)
    past = Past(at, events, logged.stored.leaf)
    found = await facts_of(ground, connection, brand, e164, head, content.purpose, past)
    campaign = msgspec.json.decode(logged.run.declared, type=Campaign)
    texts = Texts.of_campaign(campaign, BrandLaw(brand, law), at)
    facts = texts.added_to(found.facts, logged.stored.language or campaign.default_language)
    decision = decide(replace(facts, window_end=logged.run.closes), law.books, at)
    verdict, reasons = answer_of(decision)
    until = decision.until if isinstance(decision, Allow) else None
    return Decided(verdict=verdict, reasons=reasons, until=until)


def _then(content: Decision | Denial) -> Decided:
    if isinstance(content, Decision):
        return Decided(verdict=Verdict.ALLOW, reasons=(), until=parse_time(content.by))
    reasons = tuple(Reason(code) for code in content.reasons)
    return Decided(verdict=Verdict(content.verdict), reasons=reasons, until=None)


def _same(then: Decided, again: Decided) -> bool:
    """Whether both say the same, and a yes held at least until the deadline that it was given."""
    if (then.verdict, then.reasons) != (again.verdict, again.reasons):
        return False
    return then.until is None or (again.until is not None and then.until <= again.until)

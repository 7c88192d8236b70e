"""What a changed rulebook would have made of the decisions of the last weeks.

Each decision is made twice from the same facts, by `rules.decision`: under the rulebooks as they are and under the
changed ones, each as in force on that day. So what comes out is the change and nothing else. Facts that are kept
with their dates, consents, texts and the text of the campaign, are those of then.

Known gaps: facts in `AS_OF_NOW` are those of today; people whom planning left out, and messages that were put off
and never decided, are not asked about again. Of a message that was decided more than once the last time counts.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from msgspec import Struct, json

from yesfirst.ledger.text import parse_time
from yesfirst.rules.consent import ConsentEvent, fold, standing_of
from yesfirst.rules.decision import Facts, MessageClass, consent_of, findings_against
from yesfirst.rules.finding import Finding
from yesfirst.rules.position import position
from yesfirst.rules.reason import Reason, Verdict, in_order, verdict_of
from yesfirst.rules.rulebook import Rulebook
from yesfirst.store import clock, consents, decided, runs
from yesfirst.store.decided import Decided
from yesfirst.store.engine import Connection
from yesfirst.store.runs import StoredRun
from yesfirst.usecases.brand_law import BrandLaw, law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.texts import Texts

PAGE = 2_000
AS_OF_NOW = (
    *("residence", "billing address", "time zones", "recipient type", "birth date"),
    *("lifted refusals", "registry answers", "brand file"),
)
"""Facts that aren't kept as they were."""


@dataclass(slots=True)
class Rehearsal:
    """How many decisions would have come out otherwise.

    `verdicts` counts pairs such as `allow -> deny`. `added` and `dropped` count the reasons that the change would
    have brought or taken away, of all decisions. `recorded_otherwise` are those that come out differently today under
    the rulebooks as they are: facts, the brand file or the rulebooks have changed since.
    """

    since: datetime
    decisions: int = 0
    unchanged: int = 0
    recorded_otherwise: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)


class _Made(Struct):
    """What of a decision leaf is needed to make the decision again."""

    at: str
    sseq: int | None
    verdict: Verdict


async def rehearse(ground: Ground, changed: Rulebook, period: timedelta) -> Rehearsal:
    """The decisions of the last `period`, page by page, as they are and with `changed` in its place."""
    after = Law({**ground.law.books, changed.id: changed})
    async with ground.engine.connect() as connection:
        now = await clock.now(connection)
        found = Rehearsal(now - period)
        for run in await runs.seen(connection, period):
            standing = await law_of(ground, connection, run.brand, now)
            today = _Side(ground.law.of(standing.brand), run, standing)
            then = _Side(after.of(standing.brand), run, standing)
            await _rehearse_run(connection, run, today, then, found)
    return found


async def _rehearse_run(
    connection: Connection, run: StoredRun, before: "_Side", after: "_Side", found: Rehearsal
) -> None:
    last = (-1, -1)
    while page := await decided.page(connection, run.id, last, PAGE):
        chains = await consents.events_of(connection, [one.subject for one in page])
        for one in page:
            made = json.decode(one.leaf, type=_Made)
            at = parse_time(made.at)
            if at >= found.since:
                facts = _facts(one, made, at, chains.get(one.subject, []), run, before.standing)
                _count(found, made.verdict, before.reasons(facts, one, at), after.reasons(facts, one, at))
        last = (page[-1].lane, page[-1].position)


def _facts(
    one: Decided, made: _Made, at: datetime, chain: list[ConsentEvent], run: StoredRun, standing: BrandLaw
) -> Facts:
    seen = -1 if made.sseq is None else made.sseq
    consent = standing_of(fold([event for event in chain if event.sseq <= seen]), run.purpose, "sms")
    suppressed = one.suppressed_at is not None and one.suppressed_at <= at
    return Facts(
        number_valid=True,
        position=position(one.where, one.recipient, consent),
        message_class=MessageClass.MARKETING,
        suppressed_at=one.suppressed_at if suppressed else None,
        consent=consent_of(consent),
        born=one.born,
        checks=one.checks,
        texted=tuple(instant for instant in one.texted if instant < at),
        charity=standing.brand.charity,
        window_end=run.closes,
    )


@dataclass(slots=True)
class _Side:
    """One of the two laws, and what it has said already; people of one kind share its answers."""

    law: Law
    run: StoredRun
    standing: BrandLaw
    _texts: dict[tuple[str, date], Texts] = field(default_factory=dict)

    def reasons(self, facts: Facts, one: Decided, at: datetime) -> tuple[Reason, ...]:
        law = self.law.in_force(at)
        ruling = law.rule(facts.position)
        hours = law.hours(ruling.window_class, at) if ruling.window_class else None
        said: tuple[Finding, ...] = ()
        if ruling.rulebooks:
            said = self._said(law, at).findings(ruling, one.language)
        return in_order(finding.reason for finding in findings_against(facts, ruling, hours, said, at))

    def _said(self, law: Law, at: datetime) -> Texts:
        brand = self.standing.brand
        key = (law.digest, at.astimezone(brand.time_zone).date())
        if key not in self._texts:
            self._texts[key] = Texts.of(self.run, BrandLaw(brand, law), at)
        return self._texts[key]


def _count(
    found: Rehearsal, recorded: Verdict, before: tuple[Reason, ...], after: tuple[Reason, ...]
) -> None:
    found.decisions += 1
    was, would_be = verdict_of(before), verdict_of(after)
    found.recorded_otherwise += was is not recorded
    if was is would_be and before == after:
        found.unchanged += 1
        return
    if was is not would_be:
        found.verdicts[f"{was} -> {would_be}"] += 1
    found.added.update(reason.value for reason in after if reason not in before)
    found.dropped.update(reason.value for reason in before if reason not in after)


def counted(rehearsal: Rehearsal) -> Mapping[str, object]:
    """The rehearsal as a value for machines."""
    return {
        "since": rehearsal.since,
        "decisions": rehearsal.decisions,
        "unchanged": rehearsal.unchanged,
        "recorded_otherwise": rehearsal.recorded_otherwise,
        "verdicts": dict(rehearsal.verdicts),
        "added": dict(rehearsal.added),
        "dropped": dict(rehearsal.dropped),
        "as_of_now": list(AS_OF_NOW),
    }

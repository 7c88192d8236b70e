"""Why a person may or may not be texted at an instant: each rule looked at, and when the answer will change.

`explain` asks `decide` for the answer and adds nothing to it: every finding stands beside the rule that made it,
and a change is an instant around which `decide` answers differently. The words are in `telling`.

Known gaps: rules that come into force later are not foreseen; of the hours only the next edge is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from yesfirst.rules.decision import (
    LAST_ZONE,
    Allow,
    Decision,
    Defer,
    Deny,
    Facts,
    birthday,
    decide,
    end_of,
)
from yesfirst.rules.looked import Looked, looked_at
from yesfirst.rules.period import later
from yesfirst.rules.quiet_hours import Closed, NeverOpen, Open, open_window
from yesfirst.rules.reason import Reason, Verdict
from yesfirst.rules.rulebook import Rulebook
from yesfirst.rules.ruling import Ruling, rule

_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on the answer is `verdict`; what speaks against begins or ends then."""

    at: datetime
    verdict: Verdict
    begins: tuple[Reason, ...]
    ends: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer at an instant. `rulebooks` is empty where nobody can tell what applies; `changes` lie ahead."""

    at: datetime
    facts: Facts
    decision: Decision
    rulebooks: tuple[str, ...]
    zones: tuple[str, ...]
    looked: tuple[Looked, ...]
    changes: tuple[Change, ...]

    @property
    def verdict(self) -> Verdict:
        return answer_of(self.decision)[0]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return answer_of(self.decision)[1]


def explain(facts: Facts, rulebooks: Mapping[str, Rulebook], now: datetime) -> Explanation:
    """Explains `decide` on one person; `rulebooks` are those in force, by id."""
    ruling = rule(facts.position, rulebooks, charity=facts.charity)
    decision = decide(facts, rulebooks, now)
    found = () if isinstance(decision, Allow) else decision.findings
    zones = ruling.window_class.split("|")[1].split(",") if ruling.window_class else []
    looked = looked_at(facts, ruling, rulebooks, found, now)
    changes = tuple(_changes(facts, ruling, rulebooks, now))
    return Explanation(now, facts, decision, ruling.rulebooks, tuple(zones), looked, changes)


def answer_of(decision: Decision) -> tuple[Verdict, tuple[Reason, ...]]:
    match decision:
        case Allow():
            return Verdict.ALLOW, ()
        case Defer():
            return Verdict.DEFER, decision.reasons
        case Deny():
            return Verdict.DENY, decision.reasons
        case _:
            return Verdict.REVIEW, decision.reasons


def _changes(
    facts: Facts, ruling: Ruling, rulebooks: Mapping[str, Rulebook], now: datetime
) -> Iterator[Change]:
    for at in sorted({instant for instant in _instants(facts, ruling, rulebooks, now) if instant > now}):
        _, before = answer_of(decide(facts, rulebooks, max(now, at - _TICK)))
        verdict, after = answer_of(decide(facts, rulebooks, at))
        if before != after:
            begins = tuple(reason for reason in after if reason not in before)
            yield Change(at, verdict, begins, tuple(reason for reason in before if reason not in after))


def _instants(
    facts: Facts, ruling: Ruling, rulebooks: Mapping[str, Rulebook], now: datetime
) -> Iterator[datetime]:
    """Whenever something may begin or cease to speak against texting."""
    consent = facts.consent
    if consent is not None:
        yield consent.at
        if consent.expires is not None:
            yield consent.expires
        yield from (end_of(end, consent.given) for end in ruling.ends)
    for scrub in ruling.registries:
        if (check := facts.checks.get(scrub.registry)) is not None:
            yield later(check.checked_at, scrub.max_age, UTC)
    latest = sorted(facts.texted, reverse=True)
    for cap in ruling.caps:
        if 0 < cap.max <= len(latest):
            yield later(latest[cap.max - 1], cap.per, UTC)
    if ruling.of_age is not None and facts.born is not None:
        day = birthday(facts.born, ruling.of_age)
        yield datetime(day.year, day.month, day.day, tzinfo=LAST_ZONE).astimezone(UTC)
    if ruling.window_class is not None:
        match open_window(ruling.window_class, rulebooks, now):
            case Open(edge) | Closed(edge):
                yield edge
            case NeverOpen():
                pass

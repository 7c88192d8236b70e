"""What is looked at before somebody is texted: each rule with its input, its source and what it says against.

It decides nothing: findings are those of `decision.decide`, each put beside the rule that made it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from yesfirst.rules.content import rule_id
from yesfirst.rules.decision import Facts, end_of
from yesfirst.rules.finding import Finding
from yesfirst.rules.period import later
from yesfirst.rules.reason import Reason
from yesfirst.rules.rule import Confidence, Rule, Tier
from yesfirst.rules.rulebook import Rulebook, rules_of
from yesfirst.rules.ruling import Ruling, counting, missing
from yesfirst.rules.sections import OpenHours

_WEEK = 7


class Matter(StrEnum):
    """What is looked at, in the order in which it is told."""

    NUMBER = "number"
    PLACE = "place"
    REFUSAL = "refusal"
    REPLY = "reply"
    STANDING = "standing"
    STATED_END = "stated_end"
    PRACTICES = "practices"
    KIND = "kind"
    EXPIRY = "expiry"
    RECONFIRMATION = "reconfirmation"
    AGE = "age"
    REGISTRY = "registry"
    PROHIBITED = "prohibited"
    REGISTRATION = "registration"
    REQUIREMENT = "requirement"
    SCOPE = "scope"
    GATE = "gate"
    FREQUENCY = "frequency"
    HOURS = "hours"


class Input(StrEnum):
    """What a rule was asked about."""

    ORIGIN = "origin"
    RESIDENCE = "residence"
    BILLING = "billing"
    ZONES = "zones"
    SINCE = "since"
    STAND = "stand"
    KIND = "kind"
    EVENT = "event"
    GIVEN = "given"
    ENDS = "ends"
    MISSING = "missing"
    PRACTICES = "practices"
    AGE_BELOW = "age_below"
    BORN = "born"
    REGISTRY = "registry"
    LISTED = "listed"
    CHECKED = "checked"
    MOST = "most"
    PER = "per"
    TEXTED = "texted"
    WHAT = "what"
    HOURS = "hours"


Value: TypeAlias = str | int | bool | datetime
Seen: TypeAlias = Mapping[Input, Value | None]


@dataclass(frozen=True, slots=True)
class Cited:
    """What a rule rests on: titles of its sources, the place in them, how well they were read, and its tier."""

    titles: tuple[str, ...]
    provision: str | None
    confidence: Confidence
    tier: Tier


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing that was looked at; `rule` and `cited` are None where no rulebook is needed to tell."""

    matter: Matter
    seen: Mapping[Input, Value]
    reasons: tuple[Reason, ...]
    rule: str | None = None
    cited: Cited | None = None


def looked_at(
    facts: Facts, ruling: Ruling, rulebooks: Mapping[str, Rulebook], found: tuple[Finding, ...], now: datetime
) -> tuple[Looked, ...]:
    """Everything that was looked at to decide at `now`; `found` are the findings of that decision."""
    return tuple(_Looking(facts, ruling, rulebooks, found, now).at_everything())


@dataclass(frozen=True, slots=True)
class _Looking:
    """Goes through what `decide` looks at, and puts each finding beside what made it."""

    facts: Facts
    ruling: Ruling
    books: Mapping[str, Rulebook]
    found: tuple[Finding, ...]
    now: datetime

    def at_everything(self) -> Iterator[Looked]:
        yield from self._at_the_person()
        applying = [self.books[id] for id in self.ruling.rulebooks]
        for book in applying:
            yield from self._at_the_consent(book)
        yield from self._at_ends()
        yield from self._at_age_and_registries()
        for book in applying:
            yield from self._at_the_text(book)
        yield from self._at_caps()
        for book in applying:
            if book.quiet_hours is not None:
                times = {Input.HOURS: "; ".join(map(_hours, book.quiet_hours.allowed))}
                yield self._by_rule(Matter.HOURS, f"{book.id}.quiet_hours", times)

    def _at_the_person(self) -> Iterator[Looked]:
        position, where = self.facts.position, self.facts.position.where
        places = {
            Input.ORIGIN: where.origin,
            Input.RESIDENCE: where.residence,
            Input.BILLING: where.billing,
            Input.ZONES: ", ".join(where.zones) or None,
        }
        yield self._unruled(Matter.NUMBER, {}, Reason.NUMBER_INVALID)
        yield self._unruled(Matter.PLACE, places, Reason.JURISDICTION_UNRESOLVED)
        refused = {Input.SINCE: self.facts.suppressed_at}
        yield self._unruled(Matter.REFUSAL, refused, Reason.SUPPRESSED)
        held = {Input.SINCE: self.facts.held_at}
        yield self._unruled(Matter.REPLY, held, Reason.REPLY_UNCLEAR)
        consent = self.facts.consent
        given = {Input.STAND: position.stand, Input.GIVEN: consent.given if consent else None}
        without = (Reason.CONSENT_MISSING, Reason.CONSENT_PENDING, Reason.CONSENT_WITHDRAWN)
        yield self._unruled(Matter.STANDING, given, *without)
        if consent is not None:
            ends = {Input.GIVEN: consent.given, Input.ENDS: consent.expires}
            yield self._unruled(Matter.STATED_END, ends, Reason.CONSENT_EXPIRED)

    def _at_the_consent(self, book: Rulebook) -> Iterator[Looked]:
        basis, consent = self.facts.position.basis, book.consent
        if basis is None or consent is None:
            return
        if consent.forbidden is not None:
            practices = {Input.PRACTICES: ", ".join(basis.record.practices) or None}
            yield self._by_rule(Matter.PRACTICES, f"{book.id}.consent.forbidden", practices)
        if consent.accepted is not None:
            counted = counting(book, basis, self.facts.position.recipient, self.facts.charity)
            lacking = ", ".join(missing(counted, basis)) if counted else ""
            seen = {Input.KIND: basis.kind, Input.EVENT: basis.record.event, Input.MISSING: lacking or None}
            id = f"{book.id}.consent.accepted" + (f".{counted.id or counted.kind}" if counted else "")
            kinds = (Reason.CONSENT_KIND_INSUFFICIENT, Reason.CONSENT_RECORD_INCOMPLETE)
            yield self._by_rule(Matter.KIND, id, seen, *kinds)

    def _at_ends(self) -> Iterator[Looked]:
        consent = self.facts.consent
        if consent is None:
            return
        first: dict[tuple[str, Reason], datetime] = {}
        for end in self.ruling.ends:
            at = end_of(end, consent.given)
            first[end.rule, end.reason] = min(at, first.get((end.rule, end.reason), at))
        for (id, reason), at in first.items():
            matter = Matter.EXPIRY if reason is Reason.CONSENT_EXPIRED else Matter.RECONFIRMATION
            yield self._by_rule(matter, id, {Input.GIVEN: consent.given, Input.ENDS: at}, reason)

    def _at_age_and_registries(self) -> Iterator[Looked]:
        if self.ruling.of_age is not None and self.ruling.of_age_rule is not None:
            seen = {Input.AGE_BELOW: self.ruling.of_age, Input.BORN: self.facts.born is not None}
            yield self._by_rule(Matter.AGE, self.ruling.of_age_rule, seen)
        for scrub in self.ruling.registries:
            check = self.facts.checks.get(scrub.registry)
            asked: dict[Input, Value | None] = {Input.REGISTRY: scrub.registry, Input.PER: scrub.max_age}
            if check is not None:
                asked |= {Input.LISTED: check.listed, Input.CHECKED: check.checked_at}
            yield self._by_rule(Matter.REGISTRY, scrub.rule, asked)

    def _at_the_text(self, book: Rulebook) -> Iterator[Looked]:
        """Every rule about texts, where one is judged."""
        if self.facts.wording is None or self.facts.offer is None:
            return
        scope = [id for id in self.ruling.similar_only if id.startswith(f"{book.id}.")]
        for id in scope:
            goods = {Input.WHAT: self.facts.offer.goods}
            yield self._by_rule(Matter.SCOPE, id, goods, Reason.CONSENT_SCOPE_MISMATCH)
        for prohibited in book.prohibited_content:
            yield self._of_text(Matter.PROHIBITED, book, prohibited, ", ".join(prohibited.items))
        for registration in book.registration:
            if registration.required:
                yield self._of_text(Matter.REGISTRATION, book, registration, registration.id)
        for required in book.content.require if book.content else ():
            yield self._of_text(Matter.REQUIREMENT, book, required, required.what)
        if book.cross_border is not None:
            yield self._of_text(Matter.GATE, book, book.cross_border, book.cross_border.does)
        for other in book.consent.other if book.consent else ():
            if other.id == "personalised":
                yield self._of_text(Matter.GATE, book, other, other.does)

    def _at_caps(self) -> Iterator[Looked]:
        for cap in self.ruling.caps:
            since = [text for text in self.facts.texted if later(text, cap.per, UTC) > self.now]
            seen: dict[Input, Value] = {Input.MOST: cap.max, Input.PER: cap.per, Input.TEXTED: len(since)}
            if cap.rule is not None:
                yield self._by_rule(Matter.FREQUENCY, cap.rule, seen)
            else:
                reached = (Reason.FREQUENCY_CAP,) if 0 < cap.max <= len(since) else ()
                yield Looked(Matter.FREQUENCY, seen, reached)

    def _of_text(self, matter: Matter, book: Rulebook, one: Rule, what: str) -> Looked:
        return self._by_rule(matter, rule_id(book, one), {Input.WHAT: what})

    def _unruled(self, matter: Matter, seen: Seen, *against: Reason) -> Looked:
        """What no rulebook is needed for."""
        reasons = {one.reason for one in self.found if one.rule is None and one.reason in against}
        return Looked(matter, _told(seen), tuple(reason for reason in against if reason in reasons))

    def _by_rule(self, matter: Matter, id: str, seen: Seen, *against: Reason) -> Looked:
        """What a rule says; of one that is looked at for several matters only the reasons `against`."""
        reasons = [one.reason for one in self.found if one.rule == id and one.reason in (against or Reason)]
        return Looked(matter, _told(seen), tuple(dict.fromkeys(reasons)), id, cited(self.books, id))


def _hours(open: OpenHours) -> str:
    days = "" if len(open.days) == _WEEK else f"{' '.join(open.days)} "
    return f"{days}{open.opens}-{open.closes}"


def _told(seen: Seen) -> dict[Input, Value]:
    return {name: value for name, value in seen.items() if value is not None}


def cited(books: Mapping[str, Rulebook], id: str) -> Cited | None:
    """What the rule rests on, or all rules below it: then with the least confidence of theirs."""
    book, place = books[id.partition(".")[0]], id.partition(".")[2]
    rules = [one for each, one in rules_of(book) if each == place or each.startswith(f"{place}.")]
    if not rules:
        return None
    titles = dict.fromkeys(book.sources[source].title for one in rules for source in one.cite)
    provisions = dict.fromkeys(one.provision for one in rules if one.provision)
    weakest = max((one.conf for one in rules), key=list(Confidence).index)
    return Cited(tuple(titles), "; ".join(provisions) or None, weakest, rules[0].tier)
